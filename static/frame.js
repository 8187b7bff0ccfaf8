// The menu of the header closes as menus do; without script it closes by its own summary.
(() => {
  const menu = document.getElementById("menu");
  if (!menu) return;
  const outside = (event) => { if (!menu.contains(event.target)) menu.open = false; };
  document.addEventListener("click", outside);
  document.addEventListener("focusin", outside);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
