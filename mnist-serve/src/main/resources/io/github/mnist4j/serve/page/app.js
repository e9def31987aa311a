// The three tabs, the theme, and what the footer says of the model.
import { startDrawing } from './draw.js';
import { startPhotos } from './photo.js';
import { showRuns } from './runs.js';

const root = document.documentElement;
const theme = document.getElementById('theme');
const dark = matchMedia('(prefers-color-scheme: dark)');

function stored() {
  try {
    return localStorage.getItem('theme');
  } catch { // a browser that stores nothing
    return null;
  }
}

function applyTheme() {
  const isDark = (stored() ?? (dark.matches ? 'dark' : 'light')) === 'dark';
  root.dataset.theme = isDark ? 'dark' : 'light';
  theme.setAttribute('aria-pressed', isDark);
}

theme.addEventListener('click', () => {
  const next = root.dataset.theme === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('theme', next);
  } catch { /* then for this page only */ }
  root.dataset.theme = next;
  theme.setAttribute('aria-pressed', next === 'dark');
});
dark.addEventListener('change', applyTheme);
applyTheme();

const tabs = [...document.querySelectorAll('[role=tab]')];

function show(name, run) {
  for (const tab of tabs) {
    const selected = tab.id === `tab-${name}`;
    tab.setAttribute('aria-selected', selected);
    tab.tabIndex = selected ? 0 : -1;
    document.getElementById(tab.getAttribute('aria-controls')).hidden = !selected;
  }
  showRuns(name === 'runs', run);
  if (name === 'draw') {
    dispatchEvent(new Event('resize')); // the paper has a size again
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch { // somebody's own
    return text;
  }
}

// #runs/NAME: what is shown can be linked to, and the browser's back button works
function route() {
  const [name, run] = location.hash.slice(1).split('/', 2);
  show(tabs.some((t) => t.id === `tab-${name}`) ? name : 'draw', run ? decoded(run) : undefined);
}

for (const tab of tabs) {
  const name = tab.id.slice(4);
  tab.addEventListener('click', () => { location.hash = name; });
  tab.addEventListener('keydown', (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    const to = step ? tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length] : { Home: tabs[0], End: tabs.at(-1) }[e.key];
    if (to) {
      e.preventDefault();
      to.focus();
      to.click();
    }
  });
}
addEventListener('hashchange', route);

startDrawing();
startPhotos(() => { location.hash = 'photo'; });
route();

fetch('v1/model').then((r) => r.json()).then(({ card }) => {
  const accuracy = card.provenance?.testAccuracy;
  document.getElementById('model').textContent = `Network ${card.model}`
    + (accuracy === undefined ? '' : `, ${(100 * accuracy).toFixed(2)} % on its test images`);
}).catch(() => {});
