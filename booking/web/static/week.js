// Hours are drawn on the week: with a mouse, a finger that rests first, or keys. What is drawn is sent as the form for hours sends it, and
// comes back as what it would do. Without this script the list beside it does the same.
(() => {
  "use strict";
  const grid = document.getElementById("week-grid");
  const form = document.getElementById("week-draw");
  const told = document.getElementById("week-told");
  if (!grid || !form || !told) {
    return;
  }
  const STEP = 15;
  const first = Number(grid.dataset.opens) * 60;
  const last = Number(grid.dataset.closes) * 60;
  const columns = [...grid.querySelectorAll("[data-day]")];
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
  const mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  mark.setAttribute("class", "drawn");
  mark.setAttribute("x", "8%");
  mark.setAttribute("width", "84%");
  mark.setAttribute("rx", "4");
  let column = 0;
  let from = null;
  let to = null;

  grid.removeAttribute("aria-hidden");
  grid.setAttribute("role", "application");
  grid.setAttribute("tabindex", "0");
  grid.setAttribute("aria-label", grid.dataset.label);
  grid.setAttribute("aria-describedby", "week-told");
  told.hidden = false;
  const hint = told.textContent;

  const within = (minutes) => Math.max(first, Math.min(last, minutes));
  const words = (minutes) => clock.format(new Date(minutes * 60000));
  const field = (minutes) => {
    const hours = Math.floor(minutes / 60) % 24;
    return `${String(hours).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  };

  function show() {
    if (from === null) {
      mark.remove();
      told.textContent = hint;
      return;
    }
    const svg = columns[column].querySelector("svg");
    const scale = svg.getBoundingClientRect().height / (last - first);
    mark.setAttribute("y", String((Math.min(from, to) - first) * scale));
    mark.setAttribute("height", String(Math.max(2, Math.abs(to - from) * scale)));
    svg.append(mark);
    told.textContent = `${columns[column].dataset.name}, ${words(Math.min(from, to))} – ${words(Math.max(from, to))}`;
  }

  function clear() {
    from = to = null;
    show();
  }

  function send() {
    if (from === null || from === to) {
      return;
    }
    form.elements.days.value = columns[column].dataset.day;
    form.elements.start.value = field(Math.min(from, to));
    form.elements.end.value = field(Math.max(from, to));
    form.submit();
  }

  function minutesAt(svg, y) {
    const box = svg.getBoundingClientRect();
    const minutes = first + ((y - box.top) / box.height) * (last - first);
    return within(Math.round(minutes / STEP) * STEP);
  }

  // A finger that moves at once scrolls the page; one that rests first draws.
  const REST = 400;
  const STILL = 8;
  let drawing = false;
  let resting = null;

  function stop() {
    window.clearTimeout(resting);
    resting = null;
    drawing = false;
    clear();
  }

  columns.forEach((each, index) => {
    const svg = each.querySelector("svg");
    let down = 0;

    function begin(pointer) {
      resting = null;
      drawing = true;
      svg.setPointerCapture(pointer);
      column = index;
      from = to = minutesAt(svg, down);
      show();
    }

    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isPrimary) {
        return;
      }
      down = event.clientY;
      if (event.pointerType === "touch") {
        resting = window.setTimeout(begin, REST, event.pointerId);
      } else {
        begin(event.pointerId);
      }
    });
    svg.addEventListener("pointermove", (event) => {
      if (drawing) {
        to = minutesAt(svg, event.clientY);
        show();
      } else if (Math.abs(event.clientY - down) > STILL) {
        window.clearTimeout(resting);
      }
    });
    svg.addEventListener("pointerup", () => (drawing && from !== to ? send() : stop()));
    svg.addEventListener("pointercancel", stop);
    for (const kind of ["touchmove", "contextmenu"]) {
      svg.addEventListener(kind, (event) => drawing && event.preventDefault(), { passive: false });
    }
  });

  grid.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const step = { ArrowUp: -STEP, ArrowDown: STEP }[event.key] || 0;
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key] || 0;
    if (event.key === "Enter") {
      send();
    } else if (event.key === "Escape") {
      clear();
    } else if (step || side) {
      if (from === null) {
        from = within(first + 60);
        to = within(from + 60);
      } else if (side) {
        column = (column + side + columns.length) % columns.length;
      } else if (event.shiftKey) {
        to = Math.max(from + STEP, within(to + step));
      } else if (within(from + step) !== from && within(to + step) !== to) {
        from += step;
        to += step;
      }
      show();
    } else {
      return;
    }
    event.preventDefault();
  });
})();
