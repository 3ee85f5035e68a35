// Sets theme and language before the first paint, so that a dark page never flashes white. A file of its own, since the
// content security policy allows no inline script.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      // Storage may be forbidden; the system's choice is used then.
      return null;
    }
  };
  const apply = () => {
    const theme = stored('likeness.theme');
    document.documentElement.dataset.theme =
      theme === 'light' || theme === 'dark' ? theme : dark.matches ? 'dark' : 'light';
  };
  apply();
  dark.addEventListener('change', apply);
  addEventListener('likeness:theme', apply);
  const locale = stored('likeness.locale');
  if (locale) document.documentElement.lang = locale;
})();
