/*
 * What a page adds to its text where scripts run: the theme, choosing a panel, sorting, and reading points with the pointer or
 * the arrow keys. It builds no markup from data: text goes in as text.
 */
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const tip = document.getElementById('tip');
  const data = JSON.parse(document.getElementById('data').textContent);

  // Theme: the system's, until the reader says otherwise.
  const theme = document.getElementById('theme');
  const THEMES = ['system', 'light', 'dark'];
  const setTheme = (name) => {
    if (name === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    theme.lastElementChild.textContent = name;
  };
  theme.hidden = false;
  theme.addEventListener('click', () => {
    const at = THEMES.indexOf(document.documentElement.dataset.theme ?? 'system');
    setTheme(THEMES[(at + 1) % THEMES.length]);
  });

  // The tooltip, beside a place on the screen and inside it.
  const showTip = (text, x, y) => {
    if (tip.textContent !== text) tip.textContent = text;
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, x + 14), innerWidth - width - 8);
    const top = y + 18 + height > innerHeight ? y - height - 14 : y + 18;
    tip.style.left = `${left}px`;
    tip.style.top = `${Math.max(8, top)}px`;
  };
  const hideTip = () => {
    tip.hidden = true;
  };
  addEventListener('scroll', hideTip, { passive: true });

  // Points: every mark of a figure that has a title. The nearest one answers, so that a finger finds it too.
  const REACH = 28;
  for (const plot of all('.plot')) {
    const points = all('svg title', plot).map((title) => {
      const mark = title.parentElement;
      const text = title.textContent;
      title.remove(); // or the browser would show it as well
      return { mark, text };
    });
    if (points.length === 0) {
      plot.removeAttribute('tabindex');
      continue;
    }
    let current = -1;
    const centre = ({ mark }) => {
      const { left, top, width, height } = mark.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    };
    const leave = () => {
      points[current]?.mark.classList.remove('at');
      current = -1;
      hideTip();
    };
    const go = (to, x, y) => {
      points[current]?.mark.classList.remove('at');
      current = to;
      points[to].mark.classList.add('at');
      showTip(points[to].text, x, y);
    };
    const read = (event) => {
      let nearest = -1;
      let least = REACH;
      for (const [k, point] of points.entries()) {
        const box = point.mark.getBoundingClientRect();
        const dx = Math.max(box.left - event.clientX, 0, event.clientX - box.right);
        const dy = Math.max(box.top - event.clientY, 0, event.clientY - box.bottom);
        const distance = Math.hypot(dx, dy);
        if (distance < least) [nearest, least] = [k, distance];
      }
      if (nearest < 0) leave();
      else go(nearest, event.clientX, event.clientY);
    };
    plot.addEventListener('pointermove', read);
    plot.addEventListener('pointerdown', read);
    plot.addEventListener('pointerleave', leave);
    plot.addEventListener('blur', leave);
    plot.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const last = points.length - 1;
      const to =
        event.key === 'Home' ? 0 : event.key === 'End' ? last : current < 0 ? (step > 0 ? 0 : last) : current + step;
      if (event.key === 'Escape') leave();
      if (step === undefined && event.key !== 'Home' && event.key !== 'End') return;
      event.preventDefault();
      const bounded = Math.min(last, Math.max(0, to));
      go(bounded, ...centre(points[bounded]));
    });
  }

  // Choosers: radio buttons, whose arrow keys are the browser's own.
  for (const chooser of all('[data-chooser]')) {
    const panels = all(':scope > .panels > .panel', chooser);
    const choose = (chosen) => {
      for (const [k, panel] of panels.entries()) panel.hidden = k !== chosen;
    };
    chooser.dataset.on = '';
    chooser.firstElementChild.hidden = false;
    chooser.addEventListener('change', (event) => {
      if (event.target.name === chooser.dataset.chooser) choose(Number(event.target.value));
    });
    const checked = chooser.querySelector('input:checked');
    choose(Number(checked.value));
    const list = chooser.querySelector('.choices');
    const item = checked.parentElement;
    list.scrollTop = item.offsetTop - list.offsetTop - (list.clientHeight - item.offsetHeight) / 2;
  }

  // The order in which all heat maps draw their lines.
  for (const control of all('.switch')) {
    const setOrder = (order) => {
      for (const map of all('.map')) map.hidden = map.dataset.order !== order;
    };
    control.hidden = false;
    control.addEventListener('change', (event) => setOrder(event.target.value));
    setOrder(control.querySelector('input:checked').value);
  }

  // Heat maps: a cross that the pointer and the arrow keys move, and what stands there in words.
  for (const map of all('.map')) {
    const { rows, cols, lines, full, shades } = data.maps[Number(map.dataset.map)];
    const { cells } = data.maps[Number(map.dataset.map)];
    const image = map.querySelector('image');
    const cross = document.createElement('div');
    cross.className = 'cross';
    cross.hidden = true;
    map.append(cross);
    const at = { row: 0, column: 0 };
    let picture = null;
    const shadeAt = (a, b) => (picture === null ? null : picture[4 * (a * cells[1] + b)]);
    const load = () => {
      const source = new Image();
      source.onload = () => {
        const canvas = document.createElement('canvas');
        [canvas.height, canvas.width] = cells;
        const context = canvas.getContext('2d');
        context.drawImage(source, 0, 0);
        picture = context.getImageData(0, 0, cells[1], cells[0]).data;
      };
      source.src = image.getAttribute('href');
    };
    const lineAt = (kind, place) => {
      if (lines === null) return { text: `${kind} at place ${place}`, isKept: null };
      const { order, kept } = lines[kind];
      if (map.dataset.order === 'kept-first') return { text: `${kind} ${order[place]}`, isKept: place < kept };
      return { text: `${kind} ${place}`, isKept: order.indexOf(place) < kept };
    };
    const show = () => {
      const box = map.querySelector('rect').getBoundingClientRect();
      const own = map.getBoundingClientRect();
      const [height, width] = [box.height / rows, box.width / cols];
      const [x, y] = [box.left - own.left + at.column * width, box.top - own.top + at.row * height];
      Object.assign(cross.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
      cross.hidden = false;
      const [row, column] = [lineAt('row', at.row), lineAt('column', at.column)];
      const state = (line) => (line.isKept === null ? '' : line.isKept ? ', kept' : ', removed');
      const shade = shadeAt(
        Math.floor(((at.row + 0.5) * cells[0]) / rows),
        Math.floor(((at.column + 0.5) * cells[1]) / cols),
      );
      const value = shade === null ? '' : `\nimportance about ${(full * (shade / 255) ** 2).toPrecision(2)}${shades}`;
      showTip(
        `${row.text}${state(row)}\n${column.text}${state(column)}${value}`,
        own.left + x + width,
        own.top + y + height,
      );
    };
    const hide = () => {
      cross.hidden = true;
      hideTip();
    };
    const point = (event) => {
      if (picture === null) load();
      const box = map.querySelector('rect').getBoundingClientRect();
      const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
      const column = Math.floor(((event.clientX - box.left) / box.width) * cols);
      if (row < 0 || row >= rows || column < 0 || column >= cols) return hide();
      Object.assign(at, { row, column });
      show();
    };
    map.addEventListener('pointermove', point);
    map.addEventListener('pointerdown', point);
    map.addEventListener('pointerleave', hide);
    map.addEventListener('focus', load);
    map.addEventListener('blur', hide);
    map.addEventListener('keydown', (event) => {
      const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
      if (event.key === 'Escape') hide();
      if (steps === undefined) return;
      event.preventDefault();
      const by = event.shiftKey ? 10 : 1;
      if (!cross.hidden) {
        at.row = Math.min(rows - 1, Math.max(0, at.row + by * steps[0]));
        at.column = Math.min(cols - 1, Math.max(0, at.column + by * steps[1]));
      }
      show();
    });
  }

  // Tables: a click or Enter on a heading sorts by it, again turns it round; what is missing stays last.
  for (const table of all('table')) {
    for (const button of all('thead button', table)) {
      const heading = button.parentElement;
      const column = [...heading.parentElement.children].indexOf(heading);
      const isNumeric = heading.classList.contains('n');
      button.addEventListener('click', () => {
        const isUp = heading.getAttribute('aria-sort') === 'ascending';
        for (const other of all('th[aria-sort]', table)) other.removeAttribute('aria-sort');
        heading.setAttribute('aria-sort', isUp ? 'descending' : 'ascending');
        const body = table.tBodies[0];
        const keyed = [...body.rows].map((row) => ({ row, key: row.cells[column].dataset.v }));
        const sign = isUp ? -1 : 1;
        keyed.sort((a, b) => {
          if (a.key === '' || b.key === '') return (a.key === '') - (b.key === '');
          return sign * (isNumeric ? a.key - b.key : a.key.localeCompare(b.key, 'en', { numeric: true }));
        });
        body.append(...keyed.map(({ row }) => row));
      });
    }
  }
})();
