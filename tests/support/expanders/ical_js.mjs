// ical.js (MPL-2.0) as a child process: a line of JSON in, a line of JSON out. See line_process.py.
import { createInterface } from "node:readline";
import { writeSync } from "node:fs";
import vm from "node:vm";
import ICAL from "ical.js";

const MOST = 3000;
const LONGEST_MS = 600;

function rule({ rule, start, high }) {
  const last = ICAL.Time.fromString(high);
  const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromString(start));
  const found = [];
  for (let next = iterator.next(); next && next.compare(last) <= 0 && found.length < MOST; next = iterator.next()) {
    found.push(next.toString());
  }
  return found;
}

// Zoned times as seconds since 1970, floating ones and dates as they are written.
function moment(time) {
  return time.isDate || time.zone === ICAL.Timezone.localTimezone ? time.toString() : time.toUnixTime();
}

function object({ text, high }) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  const events = calendar.getAllSubcomponents("vevent");
  const master = events.find((event) => !event.hasProperty("recurrence-id"));
  const exceptions = events.filter((event) => event.hasProperty("recurrence-id"));
  const series = new ICAL.Event(master, { exceptions, strictExceptions: true });
  const last = ICAL.Time.fromJSDate(new Date(high), true);
  const found = [];
  const iterator = series.iterator();
  for (let next = iterator.next(); next && found.length < MOST; next = iterator.next()) {
    if (next.toUnixTime() > last.toUnixTime()) break;
    const { item, startDate, endDate } = series.getOccurrenceDetails(next);
    if (item.component.getFirstPropertyValue("status") !== "CANCELLED") found.push([moment(startDate), moment(endDate)]);
  }
  return found;
}

// One event as a mail carries it: what a calendar program decides by, zoned times as seconds since 1970.
function invitation({ text }) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  const [event] = calendar.getAllSubcomponents("vevent");
  const value = (name) => event.getFirstPropertyValue(name);
  const parameter = (name, key) => event.getFirstProperty(name)?.getFirstParameter(key) ?? null;
  return {
    method: calendar.getFirstPropertyValue("method"),
    uid: value("uid"),
    sequence: value("sequence"),
    status: value("status"),
    start: value("dtstart").toUnixTime(),
    end: value("dtend").toUnixTime(),
    zone: parameter("dtstart", "tzid"),
    zones: calendar.getAllSubcomponents("vtimezone").map((each) => each.getFirstPropertyValue("tzid")),
    summary: value("summary"),
    location: value("location"),
    description: value("description"),
    organizer: value("organizer"),
    sent_by: parameter("organizer", "sent-by"),
    attendees: event.getAllProperties("attendee").map((each) => each.getFirstValue()),
    partstat: parameter("attendee", "partstat"),
  };
}

// Every event of a file that is taken by hand: UID, SEQUENCE, start, status.
function events({ text }) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  return calendar.getAllSubcomponents("vevent").map((event) => [
    event.getFirstPropertyValue("uid"),
    event.getFirstPropertyValue("sequence"),
    event.getFirstPropertyValue("dtstart").toUnixTime(),
    event.getFirstPropertyValue("status"),
  ]);
}

const operations = { rule, object, invitation, events };
// A rule that never comes true would be searched for ever: the virtual machine puts an end to it.
const context = vm.createContext({ operations });
const script = new vm.Script("operations[request.op](request)");

createInterface({ input: process.stdin }).on("line", (line) => {
  context.request = JSON.parse(line);
  let answer;
  try {
    answer = { found: script.runInContext(context, { timeout: LONGEST_MS }) };
  } catch (error) {
    answer = { error: String(error && error.message).slice(0, 200) };
  }
  writeSync(1, JSON.stringify(answer) + "\n");
});
