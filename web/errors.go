package web

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank/shelf"
)

// Codes that only HTTP has.
const (
	codeNotFound    engine.Code = "not_found"
	codeForeign     engine.Code = "other_origin"
	codeTooLarge    engine.Code = "too_large"
	codeUnavailable engine.Code = "unavailable"
	codeStopped     engine.Code = "stopped"
	codeExamSession engine.Code = "exam_session"
	codeSignIn      engine.Code = "sign_in"
	codeForbidden   engine.Code = "forbidden"
	codeOtherDevice engine.Code = "other_device"
	codeSeatCode    engine.Code = "seat_code"
	codeRoster      engine.Code = "roster_faults"
	codeStaffFile   engine.Code = "staff_faults"
	codeOwnFirst    engine.Code = "own_password_first"
	codeBadData     engine.Code = "bad_data"
	codeOwnWrong    engine.Code = "own_wrong"
	codeTooFar      engine.Code = "too_far"
	codeReadOnly    engine.Code = "read_only"
	codeMethod      engine.Code = "wrong_method"

	codeReceiptWaits engine.Code = "receipt_waits"
	codeOwnOver      engine.Code = "own_over"
	codePlaceWrong   engine.Code = "place_wrong"
	codeNoURL        engine.Code = "no_url"
)

// codes is the one table from codes to status and words.
var codes = map[engine.Code]struct {
	status int
	id, en string
}{
	engine.Busy:            {503, "Server sedang sibuk. Coba lagi sebentar.", "The server is busy. Try again in a moment."},
	engine.RateLimited:     {429, "Terlalu banyak permintaan. Tunggu sebentar.", "Too many requests. Wait a moment."},
	engine.PausedNow:       {409, "Ujian sedang dijeda. Jawaban dikirim lagi setelah ujian dilanjutkan.", "The exam is paused. The answer is sent again when it goes on."},
	engine.NotStarted:      {409, "Ujian belum dimulai.", "The exam has not started."},
	engine.Late:            {409, "Waktu sudah habis. Jawaban dicatat, tetapi tidak dihitung.", "The time is over. The answer is recorded, but does not count."},
	engine.HeldNow:         {409, "Jawaban dicatat. Dihitung bila waktu gangguan Anda diganti.", "The answer is recorded. It counts if your lost time is given back."},
	engine.AlreadyOver:     {409, "Ujian Anda sudah selesai.", "Your exam is over."},
	engine.UnknownItem:     {422, "Nomor soal itu tidak ada pada ujian Anda.", "Your form has no item of that number."},
	engine.UnknownOption:   {422, "Pilihan itu tidak ada pada soal ini.", "This item has no such option."},
	engine.BadFrame:        {400, "Permintaan tidak dapat dibaca.", "The request cannot be read."},
	engine.NotAllowed:      {403, "Belum boleh. Masuk dan konfirmasi data Anda dahulu.", "Not allowed yet. Sign in and confirm who you are first."},
	engine.Superseded:      {409, "Ujian ini sudah dibuka di tempat lain.", "This exam is open elsewhere now."},
	engine.SignedOutNow:    {401, "Sesi sudah berakhir. Masuk lagi dengan nomor peserta dan PIN.", "The session has ended. Sign in again with number and PIN."},
	engine.ServerMoving:    {503, "Server berpindah. Halaman tersambung lagi sendiri.", "The server is moving. The page connects again by itself."},
	engine.WrongPin:        {401, "Nomor peserta atau PIN tidak cocok.", "Number or PIN does not match."},
	engine.Locked:          {429, "Terkunci setelah terlalu banyak percobaan. Angkat tangan: pengawas dapat membukanya.", "Locked after too many tries. Raise your hand: the supervisor can unlock it."},
	engine.Choose:          {409, "Sebutkan kode ujian Anda: nomor ini ada di lebih dari satu ujian, atau tidak ada di ujian yang disebut.", "Give the code of your exam: this number is in more than one, or not in the one that was named."},
	engine.NotOpen:         {409, "PIN sesi ini belum dibuka. Tunggu sampai meja pendaftaran memanggil Anda.", "The PIN is not open yet. Wait until the desk has checked you in."},
	engine.Closed:          {409, "Sesi ini sudah ditutup.", "This session is over."},
	engine.OtherSite:       {409, "Nomor ini terdaftar di tempat lain.", "This number is registered at another site."},
	engine.InUse:           {409, "Nomor ini sedang aktif di komputer lain. Angkat tangan.", "This number is active on another computer. Raise your hand."},
	engine.OtherBrowser:    {403, "Ujian ini hanya dapat dibuka dengan Safe Exam Browser. Buka kembali halaman ujian: di sana tertulis caranya.", "This exam opens in Safe Exam Browser only. Open the exam's page again: it says how."},
	engine.OtherNetwork:    {403, "Komputer ini tidak berada di jaringan lokasi ujian Anda.", "This computer is not in the network of your exam site."},
	engine.NoSeat:          {403, "Komputer ini belum terdaftar sebagai kursi ujian.", "This computer is not registered as an exam seat."},
	engine.OtherSeat:       {403, "Komputer ini bukan kursi Anda.", "This computer is not your seat."},
	codeNoURL:              {503, "Server ini belum tahu alamatnya sendiri. Mintalah operator menjalankannya dengan --url.", "This server does not know its own address. Ask its operator to start it with --url."},
	engine.WrongState:      {409, "Tidak dapat dilakukan pada keadaan sekarang.", "Not possible in the present state."},
	engine.UnknownSeat:     {404, "Kursi atau nomor itu tidak ada di sesi ini.", "This sitting has no such seat or number."},
	engine.SecondPerson:    {403, "Perlu orang kedua yang berbeda dan berwenang.", "A second, different person with the right is needed."},
	engine.NeedsReason:     {422, "Tulis alasannya: alasan dicatat pada Berita Acara.", "Give a reason: it is recorded in the minutes."},
	engine.NotHome:         {409, "Sesi ini dipegang server di lokasi ujiannya: lakukan di sana. Sebelum itu selesai, server ini hanya menyimpan salinannya.", "A server at the site holds this sitting: do it there. Until it has come home this server has a copy only."},
	engine.AlreadyHere:     {409, "Peserta ini sudah didaftarkan di meja lain.", "This person has been checked in at another desk."},
	engine.TooMuch:         {422, "Nilai itu di luar batas.", "The value is out of range."},
	proctor.TooLate:        {409, "Sudah terlambat untuk itu.", "It is too late for that."},
	proctor.NoSeats:        {409, "Sesi itu tidak punya kursi untuk sebanyak itu. Pilih sesi lain, atau pindahkan lebih sedikit.", "That sitting has no seats for so many. Choose another, or move fewer."},
	proctor.UnknownSitting: {404, "Sesi itu tidak ada.", "There is no such sitting."},
	proctor.BadPassword:    {401, "Nama pengguna atau kata sandi tidak cocok.", "User or password does not match."},
	proctor.FactorMissing:  {401, "Akun ini memakai kode. Tulis enam angka dari perangkat Anda, atau satu kode pemulihan.", "This account uses codes. Give the six digits of your device, or a recovery code."},
	proctor.WrongCode:      {401, "Kode tidak cocok, atau sudah pernah dipakai. Tunggu kode berikutnya.", "The code does not match, or was used before. Wait for the next one."},
	proctor.InviteVoid:     {410, "Undangan ini sudah dipakai atau lewat waktunya. Minta yang baru kepada admin.", "This invitation was used or has expired. Ask an administrator for a new one."},
	proctor.PersonDiffers:  {403, "Undangan ini dibuat untuk NIP lain. Periksa nomor Anda; bila benar, minta undangan baru kepada admin.", "This invitation was made for another identity number. Check yours; if it is right, ask an administrator for a new one."},
	proctor.BadLength:      {422, "Kata sandi 8 sampai 200 karakter.", "A password has 8 to 200 characters."},
	proctor.UserExists:     {409, "Nama itu sudah dipakai.", "That name is taken."},
	proctor.Apart:          {422, "Satu akun tidak boleh memeriksa identitas dan juga membuka sesi di tempat yang sama.", "One account may not check identity and also open sittings in one place."},
	proctor.IdentityApart:  {403, "Anda memeriksa identitas peserta sesi ini; petugas lain yang memulainya.", "You have checked in a candidate of this sitting; somebody else starts it."},
	proctor.NobodyElse:     {409, "Perlu orang kedua, dan belum ada akun lain yang berwenang. Tambah admin kedua dengan NIP dahulu, atau lekatkan NIP-nya di halaman Akun; kode pemulihan adalah jalan masuk pemilik akun.", "This takes two, and no other account may agree. Add a second administrator with an identity number first, or let them bind it on the account page; recovery codes are the owner's way back in."},
	proctor.LastAdmin:      {409, "Ini admin terakhir. Tambah admin lain dahulu.", "This is the last administrator. Add another first."},
	codeBadData:            {422, "Ada isian yang tidak benar.", "Something in it is not right."},
	codeOwnWrong:           {403, "Nomor, tanggal lahir, dan kode tidak cocok. Periksa ketiganya; kode yang hilang diganti petugas pemeriksa identitas.", "Number, birth date and code do not match. Check all three; a lost code is replaced by a verifier."},
	codeReceiptWaits:       {404, "Hasil Anda sudah tercatat dan masuk log publik dalam beberapa detik. Minta lagi sebentar.", "Your result is recorded and enters the public log in a few seconds. Ask again in a moment."},
	codeOwnOver:            {403, "Anda sudah tidak masuk. Isi lagi nomor, tanggal lahir, dan kode hasil.", "You are not signed in any more. Give number, birth date and results code again."},
	proctor.ObjectionApart: {403, "Anda bertindak dalam perkara ini; orang lain yang menjawabnya.", "You acted in this case; somebody else answers it."},
	codePlaceWrong:         {403, "Nomor peserta dan tanggal lahir tidak cocok. Periksa keduanya pada bukti pendaftaran; bila benar, hubungi panitia.", "Number and birth date do not match. Check both on your registration; if they are right, ask the committee."},
	codeTooFar:             {410, "Terlalu banyak berubah sejak posisi itu, atau posisi itu tidak dikenal. Baca papan seutuhnya.", "Too much has changed since that position, or it is not known. Read the whole board."},
	codeReadOnly:           {405, "Server papan ini hanya dapat dibaca.", "This server of boards can only be read."},
	codeMethod:             {405, "Alamat ini tidak menerima metode itu.", "This address does not take that method."},
	codeOwnFirst:           {403, "Kata sandi akun ini diketahui orang lain. Pilih kata sandi sendiri dahulu di halaman Akun.", "Somebody else knows this account's password. Choose your own on the account page first."},
	proctor.EnrolFirst:     {403, "Pasang kode masuk (faktor kedua) dahulu di halaman Akun.", "Set up the sign-in code (second factor) on the account page first."},
	shelf.NoItem:           {404, "Soal atau versi itu tidak ada.", "There is no such item or version."},
	shelf.ItemExists:       {409, "Kode soal itu sudah dipakai. Pilih kode lain.", "That item code is taken. Choose another."},
	shelf.Changed:          {409, "Versi lain sudah disimpan orang lain sejak Anda membukanya. Tidak ada yang tertimpa.", "Somebody else has stored another version since you opened it. Nothing was written over."},
	shelf.OwnWork:          {403, "Anda penulis soal ini, atau akun Anda dihitung satu orang dengan penulisnya (lihat halaman Petugas). Telaah harus oleh orang lain.", "You wrote this item, or your account counts as one person with its author's (see the staff page). The review takes another person."},
	shelf.NeedsWords:       {422, "Tulis alasannya untuk penulis.", "Write the reason for the author."},
	shelf.Unfit:            {422, "Soal belum lengkap. Perbaiki yang disebut di bawah.", "The item is not finished. Mend what is named below."},
	codeNotFound:           {404, "Tidak ditemukan.", "Not found."},
	codeForeign:            {403, "Permintaan dari situs lain ditolak.", "Requests from another site are refused."},
	codeTooLarge:           {413, "Permintaan terlalu besar.", "The request is too large."},
	codeUnavailable:        {503, "Sementara tidak tersedia. Coba lagi.", "Not available for the moment. Try again."},
	codeStopped:            {503, "Server ini berhenti sendiri: basis datanya kehilangan sebagian catatan. Biarkan halaman ujian terbuka; operator server harus memulihkannya.", "This server has stopped by itself: its database has lost a part of its records. Leave exam pages open; the server's operator has to restore it."},
	codeExamSession:        {403, "Papan nilai tidak dapat dibuka selama Anda ujian.", "The board cannot be opened while your exam is running."},
	codeSignIn:             {401, "Anda belum masuk, atau waktu masuk Anda habis. Masuk di /meja pada tab lain, lalu tekan sekali lagi: isian di halaman ini tetap.", "You are not signed in, or no longer. Sign in at /meja in another tab, then press once more: what you typed here stays."},
	codeOtherDevice:        {409, "Nomor Anda baru saja dicoba di komputer lain. Ujian Anda di sini tidak berubah; pengawas sudah diberi tahu.", "Your number was just tried on another computer. Your exam here is unchanged; the supervisor has been told."},
	codeSeatCode:           {403, "Tulis kode kesiapan ruang ini; pengawas membuatnya di meja pengawas.", "Give this room's readiness code; the supervisor makes it at the station."},
	codeRoster:             {422, "Daftar peserta memuat kesalahan; tidak ada yang diambil.", "The roster has faults; nothing of it was taken."},
	codeStaffFile:          {422, "Berkas petugas memuat kesalahan; tidak ada yang diambil.", "The file of staff has faults; nothing of it was taken."},
	codeForbidden:          {403, "Akun ini tidak berwenang untuk tindakan itu.", "This account may not do that."},
}

// fieldTexts are words for a code and a field, where the code alone does not say what to do.
var fieldTexts = map[string][2]string{
	"second_person/hand":           {"Kedua akun ini dibuat satu orang saja, atau kata sandinya diketahui orang yang sama: keduanya dihitung satu orang sampai admin lain menjaminnya di halaman Petugas, atau pemiliknya mengganti kata sandi.", "One person alone has made both accounts, or knows both passwords: they count as one person until another administrator vouches for them on the staff page, or their owners change the passwords."},
	"second_person/own_password":   {"Kata sandi akun ini dipilih orang lain dan masih diketahuinya. Pemiliknya memilih kata sandi sendiri dahulu di halaman Akun.", "Somebody else has chosen this account's password and still knows it. Its owner chooses another on the account page first."},
	"not_home/centre":              {"Server ini memegang satu sesi saja. Lakukan ini di server pusat.", "This server holds one sitting only. Do this on the centre's server."},
	"wrong_state/clock":            {"Jam server tertinggal dari catatan terakhir: ia pernah terlalu cepat. Mulai dan lanjut dapat dilakukan setelah jam itu menyusul; waktu peserta tidak berjalan. Bila tidak dapat menunggu: server dihentikan, jam komputernya disetel seperti semula, server dijalankan lagi, dan hal itu dicatat.", "The server's clock stands before what is recorded already: it was fast. To start and to go on is possible when it has caught up; candidates' time does not run. If that is too long: end the server, set the machine's clock as it was, start again, and note it."},
	"wrong_state/begun":            {"Ada peserta sesi ini yang sudah terdaftar ulang atau sudah mulai: sesi tidak dapat diserahkan lagi.", "Somebody of this sitting has checked in or started: it cannot be handed over any more."},
	"wrong_state/proposals":        {"Masih ada usulan pada sesi ini. Setujui atau tolak dahulu.", "Something is still proposed at this sitting. Approve or refuse it first."},
	"wrong_state/results":          {"Hasil ujian ini pernah dibekukan: lokasi akan menerima nama peserta lain. Sesi ini dipegang pusat.", "Results of this exam were frozen before: a site would be given people of others. The centre holds this sitting."},
	"wrong_state/home":             {"Pusat sudah memegang sesi ini.", "The centre holds this sitting already."},
	"wrong_state/collected":        {"Sebagian sudah datang dari lokasi. Menariknya kembali melepas sisanya; katakan itu dengan --lost.", "A part has come from the site. To take it back gives up the rest; say so with --lost."},
	"wrong_state/vouch_early":      {"Pemilik akun belum menerima undangannya, atau belum memilih kata sandi sendiri. Jamin setelah itu.", "The owner has not taken the invitation, or has not chosen the own password. Vouch after that."},
	"wrong_state/vouched":          {"Akun ini tidak menunggu jaminan.", "This account waits for nobody's word."},
	"wrong_state/person":           {"Akun ini sudah memiliki NIP.", "This account has an identity number already."},
	"locked/person":                {"Terlalu banyak percobaan dengan undangan ini. Tunggu satu jam, atau minta undangan baru.", "Too many tries with this invitation. Wait an hour, or ask for a new one."},
	"enrol_first/second":           {"Orang kedua harus memasang kode masuk (faktor kedua) dahulu di halaman Akun.", "The second person has to set up the sign-in code (second factor) on the account page first."},
	"second_person/desk":           {"Dari meja yang mengusulkan ini tidak dapat disetujui. Orang kedua menyetujui dari mejanya sendiri, atau menandatangani usulan di meja ini dengan kata sandinya sendiri.", "The desk that proposed this cannot approve it. The second person approves at their own desk, or signs the act at this desk with their own password."},
	"second_person/second_desk":    {"Orang kedua terakhir masuk di meja ini juga: dua akun di satu meja tidak dihitung dua orang. Minta ia masuk di mejanya sendiri, atau pilih orang lain.", "The second person last signed in at this very desk: two accounts at one desk do not count as two people. Let them sign in at their own desk, or ask somebody else."},
	"second_person/token":          {"Daftar peserta sudah dibekukan: perubahan memerlukan dua orang. Minta petugas mengusulkannya di halaman Persetujuan.", "The roster is frozen: a change takes two people. Ask an officer to propose it on the approvals page."},
	"not_allowed/proposer":         {"Pengusul tidak lagi berwenang. Usulkan lagi oleh orang yang berwenang.", "Whoever proposed this may no longer do it. Let somebody who may propose it anew."},
	"forbidden/witness":            {"Saksi ini belum dikenal log ini. Mintalah pengelola menambahkan kuncinya: terang serve --witness, atau terang log witness add.", "The log does not know this witness. Ask its keeper to add the key: terang serve --witness, or terang log witness add."},
	"bad_data/checkpoint":          {"Ini bukan checkpoint log ini.", "This is no checkpoint of this log."},
	"not_allowed/action":           {"Akun ini tidak berwenang untuk tindakan itu.", "This account may not do that."},
	"not_allowed/sitting":          {"Akun ini tidak berwenang di sesi itu.", "This account may not do that in that sitting."},
	"not_allowed/second":           {"Orang kedua tidak berwenang untuk tindakan itu.", "The second person may not do that."},
	"not_allowed/audit":            {"Akun ini tidak berwenang membaca audit.", "This account may not read the audit."},
	"wrong_state/expired":          {"Usulan sudah kedaluwarsa. Usulkan lagi.", "The proposal has expired. Propose it anew."},
	"wrong_state/proposal":         {"Usulan ini sudah diputuskan, atau tidak ada.", "This proposal has been decided, or there is none."},
	"wrong_state/sheet":            {"Lembar lain sudah disahkan sejak usulan ini: impor lagi.", "Another sheet was released since this was proposed: import it anew."},
	"wrong_state/report":           {"Masih ada sesi yang berjalan di server ini. Laporan dibuat setelahnya, atau dengan terang results report.", "A sitting still runs on this server. The report is made afterwards, or with terang results report."},
	"busy/report":                  {"Laporan lain sedang dibuat. Coba lagi sebentar.", "Another report is being made. Try again in a moment."},
	"wrong_state/open":             {"Masih ada yang terbuka (lihat daftar di halaman ini). Selesaikan dahulu, atau nyatakan bahwa hal itu diketahui.", "Something is still open (see the list on this page). Settle it first, or say that it is known."},
	"wrong_state/adjust":           {"Kepada peserta ini sudah diberikan hal lain sejak ini diisi atau diusulkan. Lihat lagi apa yang berlaku, lalu isi atau usulkan semuanya.", "This candidate was given something else since this was filled in or proposed. Look again at what holds, then give or propose all of it."},
	"wrong_state/undecided":        {"Belum semua diputuskan di sesi ini: lihat siapa dan apa.", "Not everything of this sitting is decided: see who and what."},
	"wrong_state/credit":           {"Kredit waktunya belum diputuskan.", "The lost time of this person is not decided yet."},
	"wrong_state/doubt":            {"Keraguan tentang identitasnya belum diputuskan.", "The doubt about who this is is not decided yet."},
	"wrong_state/frozen":           {"Hasil sudah dibekukan.", "The results are frozen already."},
	"wrong_state/released":         {"Daftar hasil ini sudah diumumkan; tidak ada lagi yang perlu dilakukan.", "This list is released already, and public; nothing is left to do."},
	"wrong_state/revealed":         {"Benih acak sudah diumumkan.", "The seed has been published already."},
	"wrong_state/sitting_open":     {"Masih ada sesi yang belum ditutup atau peserta yang masih mengerjakan.", "A sitting is still open, or somebody is still working."},
	"wrong_state/not_frozen":       {"Tidak ada daftar beku yang sesuai.", "No such frozen list stands."},
	"wrong_state/changed":          {"Hasil berubah sejak dibekukan. Buka kembali, lalu bekukan lagi.", "The results have changed since they were frozen. Unfreeze and freeze them again."},
	"wrong_state/list":             {"Hasil berubah sejak ini diusulkan. Usulkan lagi.", "The results have changed since this was proposed. Propose it anew."},
	"wrong_state/annulment":        {"Anulir ini tidak lagi sesuai dengan anulir lain yang sudah diputuskan.", "This annulment no longer fits the others that were decided."},
	"wrong_state/surveyed":         {"Umpan balik dari ujian ini sudah diterima. Terima kasih.", "Feedback from this exam has been received already. Thank you."},
	"wrong_state/survey":           {"Umpan balik diisi setelah ujian selesai.", "Feedback is given after the exam is over."},
	"bad_frame/op":                 {"op harus UUID yang dibuat pengirim, baru untuk setiap tindakan.", "op has to be a UUID made by the sender, a new one for each act."},
	"bad_frame/device":             {"device harus UUID yang dibuat sekali oleh peramban.", "device has to be a UUID that the browser made once."},
	"bad_frame/action":             {"Tindakan itu tidak ada.", "There is no such action."},
	"bad_frame/seats":              {"Sebut kursi atau nomor sesuai tindakannya: tindakan untuk seluruh sesi tanpa seats dan numbers, perpindahan dan pembatalan tepat satu.", "Name seats or numbers as the action takes them: none for one of the whole sitting, exactly one for a move or a reversal."},
	"bad_frame/decision":           {"Tulis decision: grant atau refuse untuk kredit waktu, cleared atau upheld untuk keraguan, approve atau refuse untuk usulan, broken atau usable untuk kursi.", "Give a decision: grant or refuse of a credit, cleared or upheld of a doubt, approve or refuse of a proposal, broken or usable of a seat."},
	"bad_frame/ms":                 {"Tulis ms: lamanya dalam milidetik, negatif untuk mengurangi.", "Give ms: how long in milliseconds, negative to take away."},
	"bad_frame/ref":                {"Tulis ref: nomor bagian waktu yang dibatalkan, seperti pada kursi itu.", "Give ref: of the part of the time that is taken back, as the seat shows it."},
	"bad_frame/to":                 {"Tulis to: kursi, sesi, atau jam mulai yang dituju; jam belum lewat.", "Give to: the seat, the sitting or the new hour, which is not over."},
	"bad_frame/text":               {"Tulis text: isi pesan.", "Give text: what the message says."},
	"needs_reason/turn_away":       {"Tulis reason: late, papers, identity, disqualified, atau withdrew, dan bila perlu titik dua dan kata-kata.", "Give as reason late, papers, identity, disqualified or withdrew, and perhaps a colon and words."},
	"bad_frame/content-type":       {"Kirim sebagai application/json.", "Send it as application/json."},
	"bad_frame/upgrade":            {"Alamat ini hanya untuk WebSocket.", "This address is for websockets only."},
	"bad_frame/token":              {"Tanda terima umpan balik ini tidak sah. Muat ulang halaman.", "This feedback token is not valid. Load the page again."},
	"wrong_state/newer":            {"Ada catatan baru sejak versi ini ditutup. Tutup versi berikutnya, lalu tanda tangani yang itu.", "There are newer records than this version has. Close the next version and sign that."},
	"wrong_state/signed":           {"Versi ini sudah ditandatangani.", "This version has been signed."},
	"wrong_state/version":          {"Ada versi yang lebih baru. Tanda tangani yang itu.", "There is a newer version. Sign that."},
	"needs_reason/hand":            {"Hitungan tangan berbeda dari jurnal. Tulis alasannya; selisihnya ikut ditandatangani.", "The hand count differs from the journal. Give a reason; the difference is signed with it."},
	"needs_reason/minute":          {"Tulis nomor berita acara.", "Give the number of the minutes."},
	"wrong_state/published":        {"Formasi sudah diterbitkan sebagai versi. Perubahan adalah versi baru, oleh dua orang.", "The formations are published as a version. A change is a new version, by two people."},
	"wrong_state/criteria":         {"Ujian atau daftar pesertanya berubah sejak ini diusulkan. Usulkan lagi.", "The exam or its roster has changed since this was proposed. Propose it anew."},
	"wrong_state/places":           {"Lokasi, sesi, atau daftar peserta berubah sejak Anda melihat perubahannya, atau sebuah sesi sudah dibuka. Lihat lagi; tidak ada yang diambil.", "The places, a sitting or the roster have changed since you looked at the change, or a sitting was opened. Look again; nothing was taken."},
	"wrong_state/criteria_version": {"Versi lain sudah diterbitkan sejak usulan ini. Usulkan lagi.", "Another version was published since this was proposed. Propose it anew."},
	"wrong_state/same":             {"Isinya sama dengan versi yang berlaku; tidak ada yang diterbitkan.", "It is the same as the version in force; nothing was published."},
	"busy/results":                 {"Hasil sedang dihitung ulang. Coba lagi sebentar.", "Results are being made anew. Try again in a moment."},
	"too_late/to":                  {"Sesi tujuan sudah dimulai, atau pendaftarannya sudah ditutup. Pilih sesi lain.", "The sitting to go to has begun, or its check-in is closed. Choose another."},
	"too_late/sitting":             {"Sesi ini sudah dimulai. Yang sudah mulai dapat melanjutkan di sesi lain; yang belum hadir tercatat tidak hadir.", "This sitting has begun. Who has started can be continued at another; who did not come stays absent."},
	"too_late/minutes":             {"Berita Acara sesi ini sudah ditandatangani.", "The minutes of this sitting are signed."},
	"wrong_state/started":          {"Sudah mulai mengerjakan: gunakan Lanjutkan di sesi lain.", "Has started: use Continue at another sitting."},
	"wrong_state/not_started":      {"Belum mulai mengerjakan: gunakan Pindah sesi.", "Has not started: use Move to another sitting."},
	"wrong_state/elsewhere":        {"Peserta ini sudah dikirim ke sesi lain; daftar peserta menyusul sebentar lagi. Jika tidak, kirimkan sekali lagi ke sesi itu.", "This candidate has been sent to another sitting; the roster follows in a moment. If it does not, send them to that sitting once more."},
	"wrong_state/occupant":         {"Usulan ini hanya menyebut kursi, dan yang duduk di situ mungkin bukan lagi orang yang dimaksud. Usulkan lagi.", "The proposal names a seat only, and who sits there may not be who was meant any more. Propose it anew."},
	"wrong_state/broken":           {"Komputer itu ditandai rusak.", "That computer is marked as broken."},
	"not_allowed/to":               {"Akun ini tidak berwenang di sesi tujuan.", "This account may not act at the sitting to go to."},
	"not_allowed/flags":            {"Akun ini tidak membaca tanda untuk diperiksa.", "This account does not read advisory signals."},
	"second_person/doubt":          {"Yang meragukan tidak boleh memutuskan, dan \"bukan orangnya\" perlu dua orang.", "Who raised the doubt does not decide it, and \"not the same person\" takes two."},
	"second_person/unit":           {"Yang memutuskan harus dari unit lain daripada yang meragukan.", "Who decides has to be of another unit than who raised the doubt."},
	"second_person/ms":             {"Dengan yang diberikan orang yang sama sebelumnya, waktu ini lebih dari yang boleh diberikan seorang diri. Usulkan, atau biarkan orang kedua ikut menandatangani.", "With what the same person gave before, this is more time than one person may give alone. Propose it, or let a second person sign."},
	"second_person/adjust":         {"Penyesuaian perlu dua orang.", "An accommodation takes two people."},
	"closed/hour":                  {"Waktu daftar ulang sudah lewat. Pindahkan dahulu jam mulai sesi ini (tunda sesi); itu dicatat.", "Check-in has closed by the clock. Move the hour of this sitting first (postpone); that is recorded."},
	"closed/checkin":               {"Daftar ulang sudah ditutup menurut jam server. Hanya jam sesi yang dipindahkan dengan catatan yang membukanya lagi.", "Check-in has closed by the server's clock. Only a sitting whose hour is moved by record opens it again."},
	"needs_reason/to":              {"Kursi yang dipilih sendiri perlu alasan: selain itu kursi diundi.", "A seat that is chosen needs a reason: otherwise seats are drawn."},
	"needs_reason/turned_away":     {"Peserta ini ditolak masuk sebelumnya. Tulis mengapa kini diterima.", "This person was turned away before. Say why they are admitted now."},
	"too_much/seats":               {"Tidak ada kursi kosong di ruang ini.", "No seat of this room is free."},
	"not_allowed/break":            {"Peserta ini tidak diberi istirahat.", "This candidate was granted no breaks."},
	"too_much/break":               {"Waktu istirahat peserta ini sudah habis.", "This candidate's breaks are used up."},
	"wrong_state/roster":           {"Daftar peserta tidak dapat diubah demikian pada keadaan sekarang.", "The roster cannot be changed so in the present state."},

	"needs_reason/words":                 {"Tulis dengan kata-kata apa yang Anda maksud.", "Say in words what you mean."},
	"wrong_state/objection_kind":         {"Ujian ini tidak menerima sanggahan jenis itu.", "This exam takes no objections of that kind."},
	"wrong_state/objection_early":        {"Masa sanggah untuk jenis itu belum dibuka.", "Objections of that kind are not taken yet."},
	"wrong_state/objection_late":         {"Masa sanggah untuk jenis itu sudah ditutup.", "The period for objections of that kind is over."},
	"wrong_state/objection_again":        {"Anda sudah menyanggah hal itu; lihat nomornya di bawah.", "You have objected to that already; see its number below."},
	"wrong_state/redress_kind":           {"Sanggahan atas butir dilaksanakan dengan anulir, bukan dengan ujian ulang.", "An objection to an item is carried out by an annulment, not by a repeated sitting."},
	"wrong_state/redress_state":          {"Hanya sanggahan yang diterima atau diterima sebagian yang dapat dilaksanakan.", "Only an objection that was upheld, or partly, can be carried out."},
	"wrong_state/redress_done":           {"Sanggahan ini sudah dilaksanakan.", "This objection has been carried out."},
	"wrong_state/redress_early":          {"Sesi peserta belum berakhir. Pengawas masih dapat memberi waktu, membuka kembali, atau memindahkannya di meja pengawas.", "The candidate's sitting is not over. Supervisors can still give time, reopen or move there, at the station."},
	"wrong_state/redress_unfinished":     {"Peserta ini belum selesai: selesaikan dahulu ujiannya di meja pengawas.", "This candidate has not finished: end the attempt at the station first."},
	"wrong_state/no_form":                {"Bank soal ujian ini tidak cukup untuk naskah lain tanpa butir yang sudah diterima peserta. Buat ujian tersendiri dari bank yang lebih besar, dengan ujian ini sebagai earlier.", "This exam's bank has too few items for another form without those the candidate was given. Make an exam of its own from a larger bank, with this one as earlier."},
	"wrong_state/seed_public":            {"Benih acak ujian ini sudah diumumkan: siapa pun yang memiliki bank soalnya mengetahui setiap naskah sebelum dikerjakan. Buat ujian tersendiri dengan benih baru, dengan ujian ini sebagai earlier.", "The seed of this exam is public: whoever has its bank knows every form before it is sat. Make an exam of its own with a new seed, with this one as earlier."},
	"wrong_state/reveal_objections":      {"Masih ada sanggahan yang belum dijawab dan dapat berujung ujian ulang, yang naskahnya diundi dengan benih ini. Jawab dahulu.", "An objection waits that may lead to somebody sitting again, on a form drawn by this seed. Answer it first."},
	"wrong_state/reveal_window":          {"Masa sanggah ujian ini belum lewat, dan sanggahan dapat berujung ujian ulang, yang naskahnya diundi dengan benih ini. Umumkan benih acak setelah masa sanggah lewat; bila masa itu dihitung sejak pengumuman, umumkan hasil dahulu.", "The period for objections is not over, and one may lead to somebody sitting again, on a form drawn by this seed. Publish the seed when the period has passed; where it is counted from the release, release the results first."},
	"wrong_state/reveal_proposals":       {"Ujian ulang atau perubahan sesi masih diusulkan atau baru disetujui. Putuskan dahulu di halaman Persetujuan.", "A repeated sitting or a change of sittings is proposed, or was just agreed to. Decide it first on the approvals page."},
	"bad_frame/new_code":                 {"Kode sesi baru: 1 sampai 40 dari a-z 0-9 -, yang belum dipakai ujian ini; menit 1 sampai 600 atau kosong.", "Code of the new sitting: 1 to 40 of a-z 0-9 -, not used in this exam; minutes 1 to 600 or empty."},
	"bad_frame/new_room":                 {"Pilih ruang yang ada pada ujian ini.", "Choose a room that this exam has."},
	"bad_frame/new_start":                {"Tulis jam mulai yang belum lewat, misalnya 2026-12-05T08:00 menurut waktu setempat lokasi.", "Give a start that has not passed, such as 2026-12-05T08:00, local to the site."},
	"wrong_state/objection_state":        {"Sanggahan ini sudah dijawab atau dicabut.", "This objection has been answered or withdrawn."},
	"too_much/objection_most":            {"Jumlah sanggahan Anda sudah mencapai batas ujian ini.", "You have filed as many objections as this exam takes of one person."},
	"too_much/objection_words":           {"Terlalu panjang untuk batas ujian ini.", "Longer than this exam takes."},
	"unknown_item/objection_item":        {"Tulis nomor soal seperti pada ujian Anda sendiri.", "Give the number of the item as on your own form."},
	"bad_frame/objection_decision":       {"Pilih salah satu keputusan.", "Choose one of the decisions."},
	"objection_apart/objection_assigned": {"Orang itu tidak berwenang menjawab, atau bertindak dalam perkara ini.", "That person may not answer, or acted in the case."},
	"rate_limited/objection":             {"Terlalu sering. Tunggu sebentar, lalu kirim lagi.", "Too often. Wait a moment, then send it again."},
	"wrong_state/roster_change":          {"Daftar peserta atau berkasnya berubah sejak Anda melihat perubahannya. Lihat lagi; tidak ada yang diambil.", "The roster or the file has changed since you looked at what it changes. Look again; nothing was taken."},
	"wrong_state/draw":                   {"Ujian ini belum mengunci benihnya, padahal tempat diundi dengannya.", "This exam has committed to no seed yet, and seats are drawn with it."},
}

// refusalText is what a refusal means, with its field where that says more.
func refusalText(f *engine.Refusal, lang string) string {
	if wait := int(math.Ceil(f.Retry.Minutes())); f.Field == engine.ClockBehind && wait > 0 {
		in := map[string]string{"id": "%s (%d menit lagi)", "en": "%s (in %d minutes)"}[lang]
		return fmt.Sprintf(in, refusalText(&engine.Refusal{Code: f.Code, Field: f.Field}, lang), wait)
	}
	if t, ok := fieldTexts[string(f.Code)+"/"+f.Field]; ok {
		if lang == "en" {
			return t[1]
		}
		return t[0]
	}
	return codeText(f.Code, lang)
}

// FaultWords is what a fault of a proposal means, where it is told as code and field.
func FaultWords(text string) string {
	code, field, _ := strings.Cut(text, " ")
	if _, ok := codes[engine.Code(code)]; !ok {
		return text
	}
	no := &engine.Refusal{Code: engine.Code(code), Field: field}
	return refusalText(no, "id") + " / " + refusalText(no, "en")
}

// codeText is what a code means, in a page's language.
func codeText(c engine.Code, lang string) string {
	e, ok := codes[c]
	if !ok {
		e = codes[codeUnavailable]
	}
	if lang == "en" {
		return e.en
	}
	return e.id
}

type errorJSON struct {
	Code  string `json:"code"`
	Text  string `json:"text"`
	Field string `json:"field,omitempty"`
	Retry int64  `json:"retry,omitempty"`
	Left  *int   `json:"left,omitempty"`

	Failed []proctor.Failed `json:"failed,omitempty"` // because of whom
}

// writeError answers with a code, its status and its words.
func writeError(w http.ResponseWriter, r *http.Request, c engine.Code, field string) {
	writeRefusal(w, r, &engine.Refusal{Code: c, Field: field})
}

func writeRefusal(w http.ResponseWriter, r *http.Request, f *engine.Refusal, failed ...proctor.Failed) {
	body := errorJSON{Code: string(f.Code), Text: refusalText(f, language(r)), Field: f.Field, Retry: f.Retry.Milliseconds(), Failed: failed}
	if f.Code == engine.WrongPin {
		body.Left = &f.Left
	}
	if f.Retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.Retry.Seconds()))))
	}
	writeJSON(w, statusOf(f.Code), body)
}

// language of a request: what it asks for, what it chose before, Indonesian.
func language(r *http.Request) string {
	if lang := r.URL.Query().Get("lang"); lang == "en" || lang == "id" {
		return lang
	}
	if c, err := r.Cookie("lang"); err == nil && c.Value == "en" {
		return "en"
	}
	return "id"
}
