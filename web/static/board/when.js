// @ts-check
// Times as the server's pages show them (web/when.go): 27 Nov 2026, 21.37 WIB, and in English 27 Nov 2026, 21:37 WIB.

/** @type {Record<string, string>} what Indonesians call their three times, which few browsers know in English */
const ZONES = { 'Asia/Jakarta': 'WIB', 'Asia/Pontianak': 'WIB', 'Asia/Makassar': 'WITA', 'Asia/Ujung_Pandang': 'WITA', 'Asia/Jayapura': 'WIT' };
const MONTHS = {
  id: 'Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des'.split(' '),
  en: 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '),
};

/**
 * @typedef {object} How
 * @property {string} [zone]     an IANA name; the reader's own where none is given
 * @property {boolean} [seconds]
 * @property {string} [lang]     'en', or else Indonesian; the document's where none is given
 */

const english = (/** @type {How} */ how) => (how.lang ?? document.documentElement.lang) === 'en';
const mine = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @param {Date} at @param {string | undefined} zone @returns {Record<string, string>} */
function parts(at, zone) {
  const of = new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' });
  return Object.fromEntries(of.formatToParts(at).map((p) => [p.type, p.value]));
}

/** What a zone is called: WIB. @param {string | undefined} zone the reader's own where none is given */
export const zoneName = (zone, at = new Date()) => ZONES[zone || mine()] ?? parts(at, zone || undefined).timeZoneName;

/** @param {string} iso @param {How} [how] @returns {string} 27 Nov 2026; '' for what is no time */
export function date(iso, how = {}) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  const p = parts(at, how.zone || undefined);
  return `${p.day.replace(/^0/, '')} ${MONTHS[english(how) ? 'en' : 'id'][Number(p.month) - 1]} ${p.year}`;
}

/** @param {string} iso @param {How} [how] @returns {string} 21.37 WIB; '' for what is no time */
export function clock(iso, how = {}) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  const p = parts(at, how.zone || undefined), dot = english(how) ? ':' : '.';
  return `${p.hour}${dot}${p.minute}${how.seconds ? dot + p.second : ''} ${zoneName(how.zone, at)}`;
}

/** @param {string} iso @param {How} [how] @returns {string} 27 Nov 2026, 21.37 WIB; '' for what is no time */
export function moment(iso, how = {}) {
  const day = date(iso, how);
  return day && `${day}, ${clock(iso, how)}`;
}
