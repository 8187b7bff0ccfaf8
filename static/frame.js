// What the page tells of the last form stands in it from the start; only what changes is announced.
(() => {
  const [told, news] = [document.getElementById("flashes"), document.getElementById("news")];
  const words = told && told.innerText.trim();
  if (words && news) setTimeout(() => { news.textContent = words; }, 300);
})();
// A line above the page is put away where it is: what somebody has typed on the page stays. The poll of a domain's page
// may have brought another line, so the document listens.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches(".put-away")) return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" }).catch(() => null);
  if (answer?.type !== "opaqueredirect") return form.submit();
  const news = document.getElementById("news");
  form.closest(".banner").remove();
  document.getElementById("main").focus({ preventScroll: true });
  news.textContent = "Hidden for a day.";
});
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
