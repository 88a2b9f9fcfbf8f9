"use strict";
(() => {
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const subjects = Array.from(document.querySelectorAll(".subject"), (section) => ({
    section,
    entry: document.getElementById("i" + section.id.slice(1)),
    groups: Array.from(section.querySelectorAll("tbody"), (group) => ({
      group,
      rows: Array.from(group.querySelectorAll("tr[data-check]")),
    })),
    notes: Array.from(section.querySelectorAll("[data-topic]")),
    text: section.textContent.toLowerCase(),
  }));

  const field = (wanted, row) =>
    (!wanted.status || row.dataset.status === wanted.status) &&
    (!wanted.check || row.dataset.check === wanted.check);

  const matches = (wanted, { section, groups, notes, text }) => {
    let any = false;
    for (const { group, rows } of groups) {
      let some = false;
      for (const row of rows) {
        row.hidden = !field(wanted, row);
        some = some || !row.hidden;
      }
      group.hidden = !some;
      any = any || some;
    }
    for (const note of notes) note.hidden = wanted.topic && note.dataset.topic !== wanted.topic;
    const itself = !wanted.check && (!wanted.status || section.dataset.outcome === wanted.status);
    const fits = groups.length > 0 ? any : itself;
    return (
      fits &&
      (!wanted.topic || notes.some((note) => !note.hidden)) &&
      (!wanted.state || section.dataset.state === wanted.state.slice(1)) &&
      (!wanted.namespace || section.dataset.namespace === wanted.namespace.slice(1)) &&
      (!wanted.text || text.includes(wanted.text))
    );
  };

  const filter = () => {
    const value = (name) => form.elements.namedItem(name)?.value ?? "";
    const wanted = {
      state: value("state"),
      status: value("status"),
      check: value("check"),
      topic: value("topic"),
      namespace: value("namespace"),
      text: value("text").trim().toLowerCase(),
    };
    let count = 0;
    for (const subject of subjects) {
      const fits = matches(wanted, subject);
      subject.section.hidden = !fits;
      subject.entry.hidden = !fits;
      count += fits ? 1 : 0;
    }
    const active = Object.values(wanted).some(Boolean);
    shown.hidden = !active;
    shown.textContent = active ? `Filtered: ${count} of ${subjects.length} objects are shown.` : "";
  };

  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = false;
  filter();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    closed.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));
})();
