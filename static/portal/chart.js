// Draws reading charts (templates/portal/pictures/reading_chart.html) with uPlot. What it draws stands in the page, or
// is fetched; the words come with it. Without this file the server's picture and the table remain.
(() => {
  "use strict";
  const ZONE = "Europe/Tallinn";
  const HOUR = 3600;
  // So many pixels at the side name the amounts.
  const AMOUNTS = 80;
  // Why a point holds nothing, by the letter that the server sends.
  const VOIDS = { ".": "missing", ",": "toCome", x: "closed" };
  const COLUMNS = new Set(["DAY", "MONTH", "YEAR"]);
  // English as the server writes it: the day before the month.
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const wall = new Intl.DateTimeFormat("en-GB", {
    timeZone: ZONE, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit",
  });
  const two = (number) => String(number).padStart(2, "0");
  // Writes times in the forms that the server sends, in its letters: d j m M F Y, and H i for the clock.
  const writer = (dates) => (form, seconds) => {
    const parts = Object.fromEntries(wall.formatToParts(new Date(seconds * 1000)).map((one) => [one.type, Number(one.value)]));
    const letters = {
      d: two(parts.day), j: parts.day, m: two(parts.month), M: dates.shortMonths[parts.month - 1], F: dates.months[parts.month - 1],
      Y: parts.year, H: two(parts.hour), i: two(parts.minute),
    };
    return form.replace(/[djmMFYHi]/g, (letter) => letters[letter]);
  };
  // Thousands stand apart by a thin space, as the server writes them.
  const numbers = (options) => {
    const form = new Intl.NumberFormat(language, { maximumFractionDigits: 3, useGrouping: "always", ...options });
    return { format: (one) => form.formatToParts(one).map((part) => (part.type === "group" ? "\u202f" : part.value)).join("") };
  };
  const amount = numbers({ minimumFractionDigits: 3 });
  const level = numbers({});

  // Of a local time that comes twice: which of the two, "" where it comes once.
  const which = (write, seconds, words) => {
    const here = write("d m H:i", seconds);
    if (write("d m H:i", seconds + HOUR) === here) return ` ${words.summer}`;
    if (write("d m H:i", seconds - HOUR) === here) return ` ${words.winter}`;
    return "";
  };

  const name = (write, unit, seconds, words) => {
    if (unit === "YEAR") return write("Y", seconds);
    if (unit === "MONTH") return write(words.dates.month, seconds);
    if (unit === "DAY") return write(words.dates.day, seconds);
    return write(`${words.dates.day} H:i`, seconds) + which(write, seconds, words);
  };

  const times = (runs) => {
    const starts = [];
    const ends = [];
    for (const [start, step, count] of runs) {
      for (let number = 0; number < count; number += 1) {
        starts.push(start + number * step);
        ends.push(start + (number + 1) * step);
      }
    }
    return { starts, ends };
  };

  const kwh = (thousandths) => thousandths.map((one) => (one === null ? null : one / 1000));
  const only = (direction, letters) =>
    direction.amounts.map((one, number) => (one !== null && letters.includes(direction.kinds[number]) ? one / 1000 : null));

  const MIXED = "pP";
  const GUESSED = `eE${MIXED}`;
  // A step for each point that holds something, joined to the one before where that ends as this one starts.
  const steps = (ends, closed) => (u, series, first, last) => {
    const [xs, ys] = [u.data[0], u.data[series]];
    const stroke = new Path2D();
    const scale = u.series[series].scale;
    let until = null;
    for (let number = first; number <= last; number += 1) {
      if (ys[number] === null || ys[number] === undefined) { until = null; continue; }
      const left = u.valToPos(xs[number], "x", true);
      const right = u.valToPos(ends[number], "x", true);
      const y = u.valToPos(ys[number], scale, true);
      if (until === xs[number] && closed) stroke.lineTo(left, y);
      else stroke.moveTo(left, y);
      stroke.lineTo(right, y);
      until = ends[number];
    }
    return { stroke };
  };

  // A column for each point; `side` of `sides` where consumption and production stand beside each other.
  // From `feet`, what stands under it, or from the ground.
  const columns = (ends, side, sides, isLine, feet) => (u, series, first, last) => {
    const [xs, ys] = [u.data[0], u.data[series]];
    const path = new Path2D();
    const base = u.valToPos(0, "y", true);
    for (let number = first; number <= last; number += 1) {
      if (ys[number] === null || ys[number] === undefined) continue;
      const left = u.valToPos(xs[number], "x", true);
      const place = u.valToPos(ends[number], "x", true) - left;
      const width = (place * 0.84) / sides;
      const x = left + place * 0.08 + side * width;
      const y = u.valToPos(ys[number], "y", true);
      if (isLine) { path.moveTo(x, y); path.lineTo(x + width, y); }
      else path.rect(x, y, width, (feet ? u.valToPos(feet[number], "y", true) : base) - y);
    }
    return isLine ? { stroke: path } : { stroke: path, fill: path };
  };

  // Under each point of which some time has no reading a mark as long as that time, as the server draws it.
  const LEAST_MISSING = 0.15;
  const missing = (u, data, directions, ends, inColumns, colour) => {
    const { left, top, width, height } = u.bbox;
    const dot = devicePixelRatio;
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, top + height, width, 8 * dot);
    u.ctx.clip();
    u.ctx.fillStyle = colour;
    directions.forEach((one, side) => {
      (data[one].missing ?? []).forEach((seconds, number) => {
        if (!seconds) return;
        const begin = u.data[0][number];
        const share = Math.max(seconds / (ends[number] - begin), LEAST_MISSING);
        const from = u.valToPos(begin, "x", true);
        const place = u.valToPos(ends[number], "x", true) - from;
        const across = inColumns ? (place * 0.84) / directions.length : place;
        const x = inColumns ? from + place * 0.08 + side * across : from;
        u.ctx.fillRect(x + across * (1 - share), top + height + 2 * dot, across * share, 4 * dot);
      });
    });
    u.ctx.restore();
  };

  // Over a point of which more is to come an arrow, as the server draws it.
  const running = (u, data, directions, ends, inColumns, colour) => {
    const dot = devicePixelRatio;
    const { left, width } = u.bbox;
    u.ctx.save();
    u.ctx.fillStyle = colour;
    data.running.forEach((number) => directions.forEach((one, side) => {
      const begin = u.valToPos(u.data[0][number], "x", true);
      const place = u.valToPos(ends[number], "x", true) - begin;
      const held = data[one].amounts[number];
      const middle = begin + place * (inColumns ? 0.08 + ((side + 0.5) * 0.84) / directions.length : 0.5);
      if (held === null || middle < left || middle > left + width) return;
      const foot = u.valToPos(held / 1000, "y", true) - 4 * dot;
      u.ctx.beginPath();
      u.ctx.moveTo(middle - 5 * dot, foot);
      u.ctx.lineTo(middle + 5 * dot, foot);
      u.ctx.lineTo(middle, foot - 6 * dot);
      u.ctx.fill();
    }));
    u.ctx.restore();
  };

  const start = async (figure) => {
    const canvas = figure.querySelector(".chart-canvas");
    if (!canvas || !window.uPlot) return;
    const blocks = [...figure.querySelectorAll('script[type="application/json"]')].map((one) => JSON.parse(one.textContent));
    const words = blocks.pop();
    const said = figure.querySelector(".chart-said");
    let data = blocks.pop();
    if (!data) {
      said.hidden = false;
      said.textContent = words.loading;
      try {
        const answer = await fetch(figure.dataset.url, { credentials: "same-origin", headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(String(answer.status));
        data = await answer.json();
      } catch (error) {
        said.textContent = words.failed;
        return;
      }
      said.textContent = "";
      performance.mark("chart-fetched");
    }
    draw(figure, canvas, said, data, words);
  };

  const draw = (figure, canvas, said, data, words) => {
    const { starts, ends } = times(data.runs);
    const write = writer(words.dates);
    const directions = ["out", "in"].filter((one) => data[one]);
    const inColumns = COLUMNS.has(data.unit);
    const colour = (token) => () => getComputedStyle(figure).getPropertyValue(token).trim();
    const tokens = { out: "--chart-out", in: "--chart-in" };
    const hatched = (token) => (u) => {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 8;
      const pen = tile.getContext("2d");
      pen.strokeStyle = colour(token)();
      pen.lineWidth = 2;
      pen.beginPath();
      for (const shift of [-8, 0, 8]) { pen.moveTo(shift, 8); pen.lineTo(shift + 8, 0); }
      pen.stroke();
      return u.ctx.createPattern(tile, "repeat");
    };
    const table = [starts];
    const series = [{}];
    const add = (values, options) => { table.push(values); series.push({ points: { show: false }, spanGaps: false, ...options }); };
    directions.forEach((one, side) => {
      const token = tokens[one];
      if (data[one].former) {
        add(kwh(data[one].former), {
          stroke: colour("--chart-former"), width: inColumns ? 2.5 : 1, dash: inColumns ? undefined : [1, 3],
          paths: inColumns ? columns(ends, side, directions.length, true) : steps(ends, true),
        });
      }
      const shared = { stroke: colour(token), width: one === "in" ? 1.5 : 2 };
      if (inColumns) {
        // What is estimated stands hatched upon what is metered.
        const { amounts, estimated } = data[one];
        const metered = amounts.map((held, number) => (held === null ? null : (held - estimated[number]) / 1000));
        const guessed = amounts.map((held, number) => (held === null || !estimated[number] ? null : held / 1000));
        add(metered, { ...shared, paths: columns(ends, side, directions.length, false), fill: colour(token) });
        add(guessed, { ...shared, paths: columns(ends, side, directions.length, false, metered), fill: hatched(token) });
        return;
      }
      add(only(data[one], "mM"), { ...shared, paths: steps(ends, true) });
      add(only(data[one], GUESSED), { ...shared, paths: steps(ends, true), dash: [5, 4] });
    });
    const [from, until] = [starts[0], ends[ends.length - 1]];
    const tick = (seconds, step) => {
      if (step >= 27 * 24 * HOUR) return write(data.unit === "YEAR" ? "Y" : "M", seconds);
      if (step >= 24 * HOUR || write("H:i", seconds) === "00:00") return write(words.dates.shortDay, seconds);
      const mark = which(write, seconds, { summer: "¹", winter: "²" }).trim();
      return write("H:i", seconds) + mark;
    };
    const axis = { stroke: colour("--picture-quiet"), grid: { stroke: colour("--picture-rule"), width: 1 }, ticks: { stroke: colour("--picture-rule"), width: 1 } };
    // Columns are named in their midst, as many as have room beside each other; other times where uPlot sees fit.
    const middles = starts.map((one, number) => (one + ends[number]) / 2);
    const named = inColumns ? {
      splits: (u) => {
        const room = Math.max(1, Math.ceil((starts.length * 56) / (u.width - AMOUNTS)));
        return middles.filter((one, number) => number % room === 0 && one >= u.scales.x.min && one <= u.scales.x.max);
      },
      values: (u, splits) => splits.map((one) => (data.unit === "DAY" ? write(words.dates.shortDay, one) : tick(one, 28 * 24 * HOUR))),
      grid: { show: false }, ticks: { show: false },
    } : { values: (u, splits, number, space, step) => splits.map((one) => tick(one, step)) };
    const height = () => (canvas.clientWidth < 480 ? 240 : 320);
    canvas.hidden = false;
    said.hidden = false;
    said.textContent = words.hint;
    const plot = new uPlot({
      width: canvas.clientWidth, height: height(), series,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE),
      legend: { show: false },
      scales: { x: { range: (u, low, high) => [Math.max(low ?? from, from), Math.min(high ?? until, until)] }, y: { range: (u, low, high) => [0, high > 0 ? high * 1.05 : 1] } },
      axes: [{ ...axis, ...named, space: 64 }, { ...axis, size: AMOUNTS - 20, label: words.measure, labelSize: 20, labelGap: 0, values: (u, splits) => splits.map((one) => level.format(one)) }],
      cursor: { y: false, drag: { x: true, y: false, setScale: true }, points: { show: false } },
      hooks: {
        ready: [() => performance.mark("chart-drawn")],
        draw: [
          (u) => missing(u, data, directions, ends, inColumns, colour("--chart-missing")()),
          (u) => running(u, data, directions, ends, inColumns, colour("--picture-ink")()),
        ],
        setCursor: [(u) => { if (u.cursor.idx !== null && u.cursor.idx !== undefined) say(u.cursor.idx); }],
      },
    }, table, canvas);
    plot.setScale("x", { min: from, max: until });

    let at = null;
    const say = (number) => {
      at = number;
      const parts = directions.map((one) => {
        const direction = data[one];
        const kind = direction.kinds[number];
        const held = direction.amounts[number];
        const notes = [];
        const guess = direction.estimated && direction.estimated[number];
        if (held !== null && "eE".includes(kind)) notes.push(words.estimated);
        // Of nothing no part is said.
        if (held !== null && MIXED.includes(kind)) notes.push(guess ? `${words.estimatedOf} ${amount.format(guess / 1000)} ${words.measure}` : words.mixed);
        if (held !== null && "MEP".includes(kind)) notes.push(words.partial);
        const now = held === null ? words[VOIDS[kind]] : `${amount.format(held / 1000)} ${words.measure}`;
        const before = direction.former && direction.former[number] !== null ? `; ${words.former} ${amount.format(direction.former[number] / 1000)}` : "";
        return `${words[one]} ${now}${notes.length ? ` (${notes.join(", ")})` : ""}${before}`;
      });
      const time = name(write, data.unit, starts[number], words);
      const text = `${data.running.includes(number) ? words.soFar.replace("%(time)s", time) : time}: ${parts.join("; ")}`;
      if (said.textContent !== text) said.textContent = text;
    };

    const zoom = (factor) => {
      const { min, max } = plot.scales.x;
      const middle = at !== null && starts[at] >= min && starts[at] <= max ? starts[at] : (min + max) / 2;
      const step = ends[0] - starts[0];
      const width = Math.min(Math.max((max - min) * factor, step * 4), until - from);
      const left = Math.min(Math.max(middle - width / 2, from), until - width);
      plot.setScale("x", { min: left, max: left + width });
    };
    const all = () => plot.setScale("x", { min: from, max: until });
    const go = (number) => {
      const next = Math.min(Math.max(number, 0), starts.length - 1);
      const { min, max } = plot.scales.x;
      if (starts[next] < min || ends[next] > max) {
        const width = max - min;
        const left = Math.min(Math.max(starts[next] - width / 2, from), until - width);
        plot.setScale("x", { min: left, max: left + width });
      }
      at = next;
      // The scale is set when the browser draws next; the cursor's place is worked out after that.
      requestAnimationFrame(() => plot.setCursor({ left: plot.valToPos(starts[next] + (ends[next] - starts[next]) * 0.3, "x"), top: plot.bbox.height / 2 / devicePixelRatio }, false));
      say(next);
    };
    const keys = {
      ArrowRight: () => go((at ?? -1) + 1), ArrowLeft: () => go((at ?? starts.length) - 1),
      PageDown: () => go((at ?? 0) + 10), PageUp: () => go((at ?? 0) - 10),
      Home: () => go(0), End: () => go(starts.length - 1),
      "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), Escape: all,
    };
    canvas.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
    const tools = figure.querySelector(".chart-tools");
    tools.hidden = false;
    tools.addEventListener("click", (event) => {
      const act = event.target.closest("[data-chart]")?.dataset.chart;
      if (act === "in") zoom(0.5);
      if (act === "out") zoom(2);
      if (act === "all") all();
    });
    new ResizeObserver(() => {
      if (canvas.clientWidth) plot.setSize({ width: canvas.clientWidth, height: height() });
    }).observe(canvas);
    new MutationObserver(() => plot.redraw(false)).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
    figure.classList.add("is-drawn");
  };

  const begin = (root) => {
    for (const figure of root.querySelectorAll(".reading-chart:not([data-begun])")) {
      figure.dataset.begun = "";
      start(figure);
    }
  };
  begin(document);
  document.addEventListener("htmx:load", (event) => begin(event.detail.elt.parentElement || document));
})();
