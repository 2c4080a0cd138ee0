// Put into a page of a practice's own site by one line: <script src="https://BASE/embed.js" data-practice="SLUG" async>.
// It shows the booking pages in a frame where it stands, as high as what is in them. data-provider goes to one person at
// once, data-title names the frame for screen readers.
(() => {
  "use strict";
  const script = document.currentScript;
  const { practice, provider, title } = script.dataset;
  const base = new URL(script.src);
  const parts = [practice, provider].filter(Boolean).map(encodeURIComponent);
  const page = new URL(`book/${parts.join("/")}`, base);
  page.searchParams.set("embed", "1");

  const frame = document.createElement("iframe");
  frame.src = page.href;
  frame.title = title || "Appointments";
  frame.style.width = "100%";
  frame.style.height = "40rem";
  frame.style.border = "0";
  script.after(frame);

  let shown = 0;
  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== base.origin || !event.data) {
      return;
    }
    const { freehold, height } = event.data;
    if (freehold !== "page" && freehold !== "height") {
      return;
    }
    if (Number.isFinite(height)) {
      frame.style.height = `${Math.min(Math.max(Math.ceil(height), 120), 20000)}px`;
    }
    // A further step begins at its top, which may have been left above.
    if (freehold === "page" && shown++ && frame.getBoundingClientRect().top < 0) {
      frame.scrollIntoView();
    }
  });
})();
