// @ts-check
// The camera of this computer: to read an exam card, and, where the exam allows it, to take a photo. Nothing of it leaves
// the page but the photo that a person takes.

/** Whether the browser gives a page of this address a camera at all: it needs https, or this very machine. */
export const camera = () => window.isSecureContext && !!navigator.mediaDevices?.getUserMedia;

/** Whether the browser itself reads codes. */
export async function reads() {
  const Detector = /** @type {any} */ (window).BarcodeDetector;
  if (!camera() || !Detector) return false;
  try { return (await Detector.getSupportedFormats()).includes('qr_code'); } catch { return false; }
}

/** @param {HTMLVideoElement} video @returns {Promise<() => void>} what ends it */
export async function show(video) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, height: { ideal: 480 } }, audio: false });
  video.srcObject = stream;
  await video.play();
  return () => { for (const track of stream.getTracks()) track.stop(); video.srcObject = null; };
}

/** Looks for a code until one is read or it is ended. @param {HTMLVideoElement} video @param {(text: string) => void} found */
export function watch(video, found) {
  const detector = new (/** @type {any} */ (window).BarcodeDetector)({ formats: ['qr_code'] });
  let on = true;
  const look = async () => {
    if (!on) return;
    try {
      const [code] = await detector.detect(video);
      if (code && on) { on = false; return found(code.rawValue); }
    } catch { /* a frame that is not there yet */ }
    setTimeout(look, 150);
  };
  look();
  return () => { on = false; };
}

/** What the camera sees, as JPEG. @param {HTMLVideoElement} video @param {HTMLCanvasElement} canvas @returns {Promise<Blob | null>} */
export function take(video, canvas) {
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
}
