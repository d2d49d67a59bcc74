// @ts-check
// One table from the wire's codes to the codes that a person reads out to a technician.

/** @type {Record<string, string>} */
const CODES = {
  wrong_pin: 'E-MASUK-01',
  locked: 'E-MASUK-02',
  not_open: 'E-MASUK-03',
  other_site: 'E-MASUK-04',
  other_network: 'E-MASUK-05',
  no_seat: 'E-MASUK-06',
  other_seat: 'E-MASUK-07',
  closed: 'E-SESI-01',
  finished: 'E-SESI-01',
  in_use: 'E-SESI-02',
  superseded: 'E-SESI-02',
  offline: 'E-JARINGAN-01',
  waiting_offline: 'E-JARINGAN-02',
  screen: 'E-ALAT-01',
  clock: 'E-ALAT-02',
  storage: 'E-ALAT-03',
  sealed: 'E-SOAL-01',
  mismatch: 'E-SOAL-02',
  item: 'E-SOAL-03',
  not_stored: 'E-SIMPAN-01',
  late: 'E-WAKTU-01',
  no_result: 'E-NILAI-01',
};

/** @param {string} code of the wire @returns {string} empty where none is agreed */
export function codeOf(code) { return CODES[code] ?? ''; }

/** Not final: the same op is sent again. @type {Record<string, 'retry'|'clock'|undefined>} what it waits for */
export const NOT_FINAL = { busy: 'retry', rate_limited: 'retry', paused: 'clock', not_started: 'clock' };
