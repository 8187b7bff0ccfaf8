// What the page tells of the last form stands in it from the start; only what changes is announced.
(() => {
  const [told, news] = [document.getElementById("flashes"), document.getElementById("news")];
  const words = told && told.innerText.trim();
  if (words && news) setTimeout(() => { news.textContent = words; }, 300);
})();
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
