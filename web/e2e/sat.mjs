// @ts-check
// What many scenes begin with.

/** The first candidate comes to a computer, the sitting starts, and an answer is stored.
 * @param {any} s @param {any} exam */
export async function sat(s, exam) {
  const pins = await exam.checkIn();
  const sari = await s.computer(exam.url);
  await sari.enter(exam.people[0].number, pins['01']);
  await exam.act('close_checkin');
  await exam.act('start');
  await sari.exam();
  await sari.choose('a');
  await sari.stored();
  return sari;
}
