// The list of the week drawn as a calendar. A drop and a drawn stretch lead to the pages that the list links to, with the
// time filled in; nothing is changed here, and what was dragged goes back. Without this script the list does the same.
(() => {
  "use strict";
  const root = document.getElementById("plan");
  const list = document.getElementById("plan-days");
  if (!root || !list || !window.EventCalendar) {
    return;
  }
  const { first, given, today, days, opens, closes, offset, enter, week, label } = root.dataset;
  const DAY = 86400000;
  const GROUND = ["block", "offline", "held"];
  const PHONE_DAYS = 3;
  const language = document.documentElement.lang;
  const phone = window.matchMedia("(max-width: 47.9375rem)");
  const clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
  const weekday = new Intl.DateTimeFormat(language, { weekday: "short" });

  const later = (day, by) => new Date(Date.parse(day) + by * DAY).toISOString().slice(0, 10);
  // Dates that are asked for words show the provider's wall clock in the browser's own zone.
  const words = (moment) => {
    const text = clock.format(moment).replace(/\u202f/g, " ");
    return language === "en" ? text.toLowerCase() : text;
  };
  const go = (path, query) => window.location.assign(`${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(query)}`);

  function firstShown() {
    if (!phone.matches || given) {
      return first;
    }
    const last = later(first, Number(days) - PHONE_DAYS);
    return today < first ? first : today > last ? last : today;
  }

  function event(line, index) {
    const { kind, start, end, text, what, open, move } = line.dataset;
    return {
      id: String(index),
      start,
      end,
      title: text,
      display: GROUND.includes(kind) ? "background" : "auto",
      startEditable: Boolean(move),
      durationEditable: false,
      classNames: [`is-${kind}`, open ? "is-ours" : "is-other"],
      extendedProps: { kind, start, open, move, what },
    };
  }

  // A booking is a link to its page, so that keys and screen readers have it too.
  function content({ event: { title, display, extendedProps }, timeText }) {
    if (display === "background") {
      return extendedProps.kind === "held" ? title : "";
    }
    const time = document.createElement("span");
    time.className = "ec-event-time";
    time.textContent = timeText;
    const name = document.createElement("span");
    name.className = "ec-event-title";
    name.textContent = title;
    if (!extendedProps.open) {
      return { domNodes: [time, name] };
    }
    const link = document.createElement("a");
    link.href = extendedProps.open;
    link.draggable = false;
    link.title = extendedProps.what;
    link.append(time, name);
    return { domNodes: [link] };
  }

  let dragged = false;
  root.addEventListener("pointerdown", () => {
    dragged = false;
  }, true);
  root.addEventListener("click", (happened) => {
    if (dragged) {
      happened.preventDefault();
    }
  }, true);

  const steps = [["prev", -PHONE_DAYS], ["next", PHONE_DAYS]].map(([rel, by]) => {
    const link = document.getElementById("plan-steps").querySelector(`[rel=${rel}]`);
    return { link, by, usual: link.href };
  });

  // Earlier and later go by as many days as are shown.
  function step() {
    for (const { link, by, usual } of steps) {
      const to = new URL(usual);
      if (phone.matches) {
        to.searchParams.set("day", later(firstShown(), by));
      }
      link.href = to.href;
    }
  }
  step();

  const length = () => ({ days: phone.matches ? PHONE_DAYS : Number(days) });

  root.hidden = false;
  for (const id of ["plan-told", "plan-legend"]) {
    document.getElementById(id).hidden = false;
  }
  root.setAttribute("role", "region");
  root.setAttribute("aria-label", label);
  root.tabIndex = 0;

  // The calendar calls itself a table, but bookings stand in no row of it. Who wants a table has the list.
  function plain() {
    for (const part of root.querySelectorAll("[role]")) {
      part.removeAttribute("role");
      for (const name of ["aria-colcount", "aria-colindex", "aria-colspan", "aria-rowcount", "aria-rowindex", "aria-rowspan"]) {
        part.removeAttribute(name);
      }
    }
  }

  const calendar = window.EventCalendar.create(root, {
    view: "timeGridDay",
    duration: length(),
    date: firstShown(),
    timeZone: `${offset.slice(0, 3)}:${offset.slice(3, 5)}`,
    locale: language,
    headerToolbar: { start: "", center: "", end: "" },
    allDaySlot: false,
    dayHeaderFormat: (day) => `${weekday.format(day)} ${day.getDate()}`,
    slotMinTime: `${opens}:00`,
    slotMaxTime: `${closes}:00`,
    slotHeight: 30,
    slotLabelFormat: words,
    eventTimeFormat: (start, end) => (phone.matches ? words(start) : `${words(start)} – ${words(end)}`),
    snapDuration: "00:05",
    nowIndicator: true,
    eventStartEditable: true,
    eventDurationEditable: false,
    selectable: true,
    longPressDelay: 400,
    events: [...list.querySelectorAll("[data-kind]")].map(event),
    eventContent: content,
    eventAllUpdated: plain,
    eventDragStart: () => {
      dragged = true;
    },
    eventDrop: (info) => {
      const { start, move } = info.event.extendedProps;
      info.revert();
      // Reckoned by hand, as no zone's gaps may come in between.
      const seconds = info.delta.days * 86400 + info.delta.seconds;
      go(move, { start: new Date(Date.parse(`${start}Z`) + seconds * 1000).toISOString().slice(0, 16) });
    },
    select: (info) => {
      const minutes = (Date.parse(`${info.endStr}Z`) - Date.parse(`${info.startStr}Z`)) / 60000;
      go(enter, { start: info.startStr.slice(0, 16), minutes: String(minutes) });
    },
  });
  plain();

  // A phone is turned, or a window made wider.
  phone.addEventListener("change", () => {
    calendar.setOption("duration", length());
    calendar.setOption("date", firstShown());
    step();
  });
})();
