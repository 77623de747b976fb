// The source of production is asked for only where there is production.
(() => {
  const follow = () => {
    const production = document.getElementById("id_production");
    const source = document.getElementById("id_production_source");
    if (!production || !source) return;
    const set = () => {
      source.disabled = !production.checked;
      source.closest(".field").classList.toggle("is-idle", source.disabled);
    };
    production.addEventListener("change", set);
    // What is wrong with it must stay to be seen.
    if (production.checked || !source.value) set();
  };
  follow();
  document.addEventListener("htmx:afterSettle", follow);
})();
