// @ts-check
// What Safe Exam Browser tells a page's script of itself. Its modern versions for macOS and iOS send no headers.

/** How long a version that has to be asked first may take, in ms. */
const PATIENCE = 3_000;

/** @typedef {{url: string, config_key: string, browser_exam_key: string, version: string}} Told */

/**
 * The hashes are of the page's own address without its fragment; null where no SEB is.
 * @param {any} [sebBrowser] @param {string} [href] @returns {Promise<Told | null>}
 */
export async function told(sebBrowser = /** @type {any} */ (window).SafeExamBrowser, href = location.href) {
  const security = sebBrowser?.security;
  if (!security) return null;
  // SEB 3.0 fills them in when it is asked; later ones have them there
  if (!security.configKey && typeof security.updateKeys === 'function') {
    await new Promise((done) => {
      const timer = setTimeout(done, PATIENCE);
      security.updateKeys(() => { clearTimeout(timer); done(undefined); });
    });
  }
  return {
    url: href.split('#')[0], config_key: security.configKey ?? '', browser_exam_key: security.browserExamKey ?? '',
    version: String(sebBrowser.version ?? ''),
  };
}
