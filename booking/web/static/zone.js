// Offers the visitor's own time zone where the page shows another one. The page works without it.
const summary = document.querySelector("[data-zone]");
const select = document.getElementById("tz");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (summary && select && own && own !== summary.dataset.zone && !new URLSearchParams(location.search).has("tz")) {
  if (![...select.options].some(option => option.value === own)) {
    select.add(new Option(own.replaceAll("_", " "), own), 0);
  }
  select.value = own;
  summary.parentElement.open = true;
}
