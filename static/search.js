// Searches while somebody types: the server's own answer replaces what was found before. Without script the button does it.
(() => {
  const form = document.querySelector("form[data-search]");
  if (!form) return;
  const [input, clear] = [form.querySelector("input[type=search]"), form.querySelector("p")];
  let [timer, asked, told] = [0, null, input.defaultValue.trim()];

  const address = () => {
    const wanted = new URLSearchParams(new FormData(form));
    wanted.set("q", input.value.trim());
    if (!wanted.get("q")) wanted.delete("q");
    return wanted;
  };
  const search = async () => {
    const words = input.value.trim();
    asked?.abort();
    if (words === told) return;
    asked = new AbortController();
    const wanted = address();
    const place = `${location.pathname}${wanted.size ? `?${wanted}` : ""}`;
    wanted.set("part", form.dataset.search);
    try {
      const answer = await fetch(`${location.pathname}?${wanted}`, { credentials: "same-origin", signal: asked.signal });
      if (new URL(answer.url).pathname !== location.pathname) return location.reload();
      if (!answer.ok) return undefined;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [now, next] = [document.getElementById(form.dataset.search), page.getElementById(form.dataset.search)];
      if (!now || !next) return undefined;
      now.replaceWith(document.importNode(next, true));
      told = words;
      clear.hidden = !words;
      history.replaceState(null, "", place);
      document.getElementById("news").textContent = next.dataset.announce;
    } catch {
      // Broken off by the next key, or no connection: the button is there.
    }
    return undefined;
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 250);
  });
  // Somebody may have typed before this script was there.
  search();
})();
