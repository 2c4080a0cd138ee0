// Offers the visitor's own time zone where the page shows another one. The page works without it.
const summary = document.querySelector("[data-zone]");
const select = document.getElementById("tz");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const asked = new URLSearchParams(location.search);
// Only when the page is first come to: who goes on to a day without choosing a zone is content with this one.
const first = !["tz", "day", "month"].some(name => asked.has(name));
if (first && summary && select && own && own !== summary.dataset.zone) {
  if (![...select.options].some(option => option.value === own)) {
    select.add(new Option(own.replaceAll("_", " "), own), 0);
  }
  select.value = own;
  summary.parentElement.open = true;
}
