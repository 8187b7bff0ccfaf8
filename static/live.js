// What pages do beyond HTML. Every page works without it.
(() => {
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const say = (words) => { $("#news").textContent = words; };

  // Themes
  const themeButtons = $$("[data-theme-choice]");
  const showTheme = () => {
    const chosen = document.documentElement.dataset.theme || "auto";
    themeButtons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.themeChoice === chosen)));
  };
  const chooseTheme = (choice) => {
    if (choice === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    try { localStorage.setItem("theme", choice); } catch { /* kept for this page only */ }
    showTheme();
  };

  // Copying: the clipboard exists only on HTTPS and localhost, the selection everywhere.
  const copyText = async (text) => {
    if (navigator.clipboard && window.isSecureContext) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* refused: the old way */ }
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.className = "off-screen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  const showCopied = (button, done) => {
    const words = $("span", button);
    const before = words.dataset.before || words.textContent;
    words.dataset.before = before;
    words.textContent = done ? "Copied" : "Select it by hand";
    button.classList.toggle("copied", done);
    setTimeout(() => { words.textContent = before; button.classList.remove("copied"); }, 2000);
  };
  const copy = async (button) => {
    const done = await copyText(button.dataset.copy);
    button.focus();
    showCopied(button, done);
    say(done ? `Copied: ${button.dataset.copy.split("\n").join(", ")}` : "Copying is not allowed here; select the text.");
  };

  const reveal = (button) => {
    const input = document.getElementById(button.dataset.reveal);
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.textContent = show ? "Hide" : "Show";
    button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/^\w+/, show ? "Hide" : "Show"));
  };

  // Times: past ones as “12 seconds ago”, coming ones as “in 40 s” or “tomorrow at 03:33”; the exact one in the title.
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const inWords = (date, coming, day) => {
    const seconds = Math.round((date - Date.now()) / 1000);
    const clock = date.toLocaleTimeString("en-GB", { timeStyle: "short" });
    if (seconds > 90 || seconds < -6 * 86400) {
      const days = Math.round((new Date(date).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86400000);
      if (days === 0 || days === 1) return `${days ? "tomorrow" : "today"} at ${clock}`;
      return date.toLocaleDateString("en-GB", { dateStyle: "long" }) + (day ? "" : `, ${clock}`);
    }
    if (seconds > 0) return `in ${seconds} s`;
    // A worker is late for it: the queue is long, or none runs.
    if (coming) return seconds > -60 ? "now" : `due since ${clock}`;
    const [unit, size] = units.find(([, length]) => -seconds >= length) || units[3];
    return relative.format(Math.round(seconds / size), unit);
  };
  const showTimes = () => $$("time[datetime]").forEach((time) => {
    const date = new Date(time.dateTime);
    if (!time.title) time.title = `${date.toLocaleString("en-GB", { dateStyle: "full", timeStyle: "long" })} (${time.textContent})`;
    const words = inWords(date, time.dataset.coming !== undefined, time.dataset.day !== undefined);
    if (time.textContent !== words) time.textContent = words;
  });

  // The pause between two presses of Verify, and of buttons that share it: each line is beside its button.
  const countDown = () => $$("[data-wait]").forEach((line) => {
    line.dataset.until ||= String(Date.now() + 1000 * Number(line.dataset.wait));
    const left = Math.ceil((Number(line.dataset.until) - Date.now()) / 1000);
    $("span", line).textContent = String(Math.max(left, 0));
    if (left > 0) return;
    $$("button", line.parentElement).forEach((button) => button.removeAttribute("aria-disabled"));
    line.remove();
  });

  // For how long something has been going on. The server says it in seconds, so that no two clocks are compared.
  const countUp = () => $$("[data-elapsed]").forEach((span) => {
    span.dataset.since ||= String(Date.now() - 1000 * Number(span.dataset.elapsed));
    const seconds = String(Math.floor((Date.now() - Number(span.dataset.since)) / 1000));
    if (span.textContent !== seconds) span.textContent = seconds;
  });

  // The live part of a domain's page
  let timer = 0;
  let since = Date.now();
  let troubles = 0;
  const live = () => $("#live");

  // What the header says of all domains, and how far a check is. Each has a version of its own.
  const swapPieces = (page) => ["#badge", "#attention", "#watch"].forEach((id) => {
    const [now, next] = [$(id), $(id, page)];
    if (now && next && now.dataset.version !== next.dataset.version) now.replaceWith(document.importNode(next, true));
  });

  const tick = () => { showTimes(); countDown(); countUp(); };

  // Finds an element again in the live part that replaces this one. Several may look alike, as two buttons that copy
  // the same do: which of them it was counts.
  const twinOf = (el) => {
    const by = (name, value) => `[${name}="${CSS.escape(value)}"]`;
    const selector = el.matches("summary") ? el.parentElement.id && `#${el.parentElement.id} > summary`
      : el.id ? `#${el.id}`
      : el.dataset.copy ? by("data-copy", el.dataset.copy)
      : el.href ? `a${by("href", el.getAttribute("href"))}`
      : el.form && `form${by("action", el.form.getAttribute("action"))} button`;
    const index = selector ? $$(selector, live()).indexOf(el) : -1;
    return () => selector && ($$(selector, live())[index] || $(selector, live()));
  };

  const swap = (page) => {
    swapPieces(page);
    const [now, next] = [live(), $("#live", page)];
    if (!now || !next) return location.reload();
    // What is not within the live part has changed as well.
    if (now.dataset.whole !== next.dataset.whole) return location.reload();
    if (now.dataset.version === next.dataset.version) return tick();
    if (next.dataset.pace === "busy" && now.dataset.pace !== "busy") since = Date.now();
    const open = $$("details[open]", now).map((details) => details.id);
    // What somebody has ticked or typed meanwhile, by the id of its field.
    const touched = $$("input[id]", now).filter((el) => el.checked !== el.defaultChecked || el.value !== el.defaultValue);
    const focus = now.contains(document.activeElement) ? document.activeElement : null;
    const focused = focus && twinOf(focus);
    const place = focus?.getBoundingClientRect().top;
    const copied = $$(".copied", now).map(twinOf);
    // A lamp that burns is not lit again.
    if ($(".joy", now)) $(".joy", next)?.classList.add("joy-still");
    now.replaceWith(document.importNode(next, true));
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    touched.forEach(({ id, checked, value }) => Object.assign(document.getElementById(id) || {}, { checked, value }));
    copied.map((twin) => twin()).forEach((button) => button && showCopied(button, true));
    // Where somebody is stays where it was in the window, whatever grew above it.
    const here = focused?.();
    if (here) {
      here.focus({ preventScroll: true });
      window.scrollBy({ top: here.getBoundingClientRect().top - place, behavior: "instant" });
    }
    if (live().dataset.news !== now.dataset.news) say(live().dataset.news);
    document.title = document.title.replace(now.dataset.title, live().dataset.title);
    const tab = $("link[rel=icon]");
    const shape = live().dataset.icon;
    if (shape && tab.getAttribute("href") !== shape) tab.href = shape;
    return tick();
  };

  // A page on which nothing moves is looked at once a minute, and just after the next check is due. While a check
  // runs, its servers are seen to answer.
  const pause = () => {
    if (troubles) return Math.min(60000, 2000 * 2 ** troubles);
    const [age, { pace, next }] = [Date.now() - since, live().dataset];
    if ($("#watch") && age < 20000) return 500;
    if (pace === "busy" && age <= 120000) return age < 30000 ? 2000 : 5000;
    const due = next ? new Date(next) - Date.now() + 3000 : Infinity;
    return Math.min(pace === "settled" ? 60000 : 20000, due > 0 ? due : Infinity);
  };
  const schedule = (milliseconds) => {
    clearTimeout(timer);
    if (!live() || document.hidden) return;
    timer = setTimeout(look, milliseconds ?? pause());
  };
  const read = async (url, options) => {
    const answer = await fetch(url, { credentials: "same-origin", ...options });
    // Signed out, or gone: the server says which on a page of its own.
    if (new URL(answer.url).pathname === "/login" || [401, 403, 404].includes(answer.status)) location.reload();
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };
  // The newest question. What is asked before Verify and answered after it is of the time before.
  let turn = 0;
  async function look() {
    turn += 1;
    const mine = turn;
    try {
      const page = await read(live().dataset.live);
      if (mine !== turn) return;
      swap(page);
      if (troubles > 2) say("The connection is back.");
      troubles = 0;
    } catch {
      troubles += 1;
      if (troubles === 3) say("Connection lost, trying again.");
    }
    schedule();
  }

  const verify = async (form) => {
    const button = $("button", form);
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    button.textContent = "Checking…";
    try {
      const page = await read(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      turn += 1;
      $("#flashes").replaceWith(document.importNode($("#flashes", page), true));
      swap(page);
      const told = $("#flashes").innerText.trim();
      if (told) say(told);
      since = Date.now();
      troubles = 0;
      schedule(live().dataset.pace === "busy" ? 600 : undefined);
    } catch {
      form.submit();
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.copy !== undefined) copy(button);
    else if (button.dataset.reveal) reveal(button);
    else if (button.dataset.themeChoice) chooseTheme(button.dataset.themeChoice);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-verify]")) return;
    event.preventDefault();
    verify(event.target);
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : schedule(0)));

  $("[data-focus]")?.focus();
  showTheme();
  tick();
  setInterval(tick, 1000);
  schedule();
})();
