// Small comforts of the frame; every page works without them.
(() => {
  // An open menu closes when the reader goes elsewhere, or with Escape.
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });

  // What is wrong in a form is read out first.
  document.querySelector("[data-focus]")?.focus();

  // A form is sent once, however often its button is pressed; when the page is shown again it may be sent again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // Who is given a file stays on the page, and may ask for another.
    if (form.method !== "post" || event.defaultPrevented || "download" in form.dataset) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // What was typed stays when the page comes back in another language or in other colours: in this tab, this once.
  const typed = "typed";
  const fields = () => [...document.querySelectorAll("main input, main select, main textarea")].filter(
    (field) => field.name && !["hidden", "password", "file", "submit"].includes(field.type));
  const valueOf = (field) => ["checkbox", "radio"].includes(field.type) ? field.checked : field.value;
  document.querySelectorAll("form[data-keeps-typed]").forEach((form) => form.addEventListener("submit", () => {
    sessionStorage.setItem(typed, JSON.stringify({
      path: location.pathname + location.search,
      fields: fields().map((field) => [field.name, field.type, valueOf(field)]),
    }));
  }));
  const kept = JSON.parse(sessionStorage.getItem(typed) ?? "null");
  sessionStorage.removeItem(typed);
  if (kept && kept.path === location.pathname + location.search) {
    const shown = fields();
    kept.fields.forEach(([name, type, value], place) => {
      const field = shown[place];
      if (!field || field.name !== name || field.type !== type || valueOf(field) === value) return;
      if (typeof value === "boolean") field.checked = value; else field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  // Copies what stands in the element that a button names; without scripts the button is not shown.
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
      const said = document.getElementById(button.getAttribute("aria-describedby"));
      if (said) said.textContent = button.dataset.copied;
    });
  });
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
