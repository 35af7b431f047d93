"""Spellings of kinds of event: those that are allowed, and those that must be refused."""

from __future__ import annotations

WITH_GROUND = "other: {}; ground: consent of each visitor"

# As given, and as stored.
ALLOWED = {
    **dict.fromkeys(
        ["screening", "Screening", "SCREENING ", " screenings", "film screening", "Cinema", "Kino"],
        "screening",
    ),
    **dict.fromkeys(
        ["theatre", "Theater", "THEATRE ", "théâtre", "Ｔｈｅａｔｒｅ", "teatro", "theatre."],
        "theatre",
    ),
    **dict.fromkeys(["concert", "Concerts", "ＣＯＮＣＥＲＴ", "Konzert", "concierto"], "concert"),
    **dict.fromkeys(
        ["comedy", "Comedy", "stand-up comedy", "Stand-Up", "comedy show", "comédie"], "comedy"
    ),
    **dict.fromkeys(["talk", "TALK", "talks", "public talk"], "talk"),
    **dict.fromkeys(["sport", "Sports", "sport\u200b", "sports event"], "sport"),
    **dict.fromkeys(["home", "Home", "at home", "HOME\n", "Zuhause"], "home"),
    **dict.fromkeys(
        [
            "research with consent",
            "Research: consent",
            "research (with consent)",
            "research:consent",
            "RESEARCH, with informed consent",
            "research with consent of each viewer",
        ],
        "research with consent",
    ),
    "other: village feast; ground: consent of each visitor": WITH_GROUND.format("village feast"),
    "OTHER:  Village feast ;  Ground:consent of each visitor": WITH_GROUND.format("Village feast"),
    "other:wedding, legal ground: informed consent": "other: wedding; ground: informed consent",
    "other: Zirkus (ground: contract)": "other: Zirkus; ground: contract",
    "other: 花火大会; ground: legitimate interest, weighed": (
        "other: 花火大会; ground: legitimate interest, weighed"
    ),
    "other: New Year's Eve party; ground: consent": "other: New Year’s Eve party; ground: consent",
    "other: fireworks; ground: public task": "other: fireworks; ground: public task",
    "other: classic car show; ground: consent": "other: classic car show; ground: consent",
}

# Work and education, in words, languages, scripts and disguises.
FORBIDDEN = (
    """
workplace|Work-place|work|at work|w o r k|w.o.r.k|w_o_r_k|wo\u200brk|ｗｏｒｋ|w0rk|W0RKPL4CE|vvork
wor king|office|0ffice|оffice|öffice|o f f i c e|of fice|home office|офиcе|ⓞⓕⓕⓘⓒⓔ|𝓸𝓯𝓯𝓲𝓬𝓮
🅾🅵🅵🅸🅲🅴|ᴏꜰꜰɪᴄᴇ
staff|$taff|st@ff|staff meeting|StaffMeeting|staff_meeting|meeting|m33t1ng|team meeting|all hands
all-hands|company party|corporate event|business lunch|job interview|colleagues|co-workers|employees
employer|factory|warehouse|shop floor|call centre|boardroom|scrum|sprint review|offsite|onboarding
training|workshop|conference|HR|human resources|performance review|management retreat|shift|cubicles
labour union|customer service|headquarters|construction site|break room|internship|apprentices
lecture|Lecture 5|l3cture|LECTURE HALL|lec\u00adture|lecture\u200b|le_ct_ure|lectures|class|cl@ss
c1ass|cla$$|classroom|masterclass|dance class|school|SCHOOL|sch00l|5ch00l|s-c-h-o-o-l|ѕсhооl|ˢᶜʰᵒᵒˡ
s\u200bc\u200bh\u200bo\u200bo\u200bl|s\u034ec\u034eh\u034eo\u034eo\u034el\u034e
ｓｃｈｏｏｌ|school play
university|univers1ty|uni|college|campus|academy|kindergarten|preschool|nursery|day care|seminar
webinar|tutorial|lesson|piano lesson|exam|homework|students|pupils|teachers|e-learning|education
EDUCATION|edu|study group|language course|graduation|PhD defense|faculty|professor|bootcamp
Arbeitsplatz|Büro|Buero|BÜRO|Schule|Schulung|Hochschule|Universität|Vorlesung|Unterricht|Klasse 7b
Ausbildung|Betriebsfeier|Firma|Kollegen|Mitarbeiter|Besprechung|Sitzung|Kita|Lehrer|Fabrik|Werkstatt
travail|lieu de travail|bureau|entreprise|école|lycée|cours magistral|salle de classe|leçon
formation
trabajo|oficina|empresa|empleados|escuela|colegio|universidad|clase|aula|alumnos|reunión de equipo
lavoro|ufficio|azienda|scuola|lezione|riunione|trabalho|escritório|escola|faculdade|reunião
werk|kantoor|bedrijf|vergadering|klas|onderwijs|arbete|kontor|skola|föreläsning|möte|arbejdsplads
työpaikka|toimisto|koulu|luento|praca|biuro|szkoła|wykład|práce|kancelář|škola|munkahely|iskola
birou|școală|işyeri|ofis|okul|ders|toplantı|kerja|kantor|sekolah|văn phòng|trường học
работа|офис|школа|урок|лекция|университет|совещание|робота|δουλειά|γραφείο|σχολείο|μάθημα
عمل|العمل|مكتب|مدرسة|جامعة|محاضرة|اجتماع|עבודה|משרד|בית ספר|כיתה|काम|कार्यालय|स्कूल|ทำงาน|โรงเรียน
職場|仕事|会社|会議|学校|授業|講義|オフィス|ｵﾌｨｽ|工作|办公室|公司|会议|學校|课堂|讲座|培训|직장|회사|회의|학교|수업
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

# None of the kinds, though nothing forbidden either, or not as it must be said.
UNKNOWN = [
    "premiere", "gala", "party", "wedding", "prison", "research", "research without consent",
    "research, no consent", "other", "other:", "other: wedding", "other: wedding; ground: none",
    "other: wedding; ground: without consent", "other: wedding; ground: no consent",
    "other: wedding; ground: because", "other: wedding; ground: consent refused",
    "other: ; ground: consent", "other: 🏫; ground: consent", "other: wеdding; ground: consent",
    "other: a\x1b[31m; ground: consent", "homes of others", "talk show at the pub",
    "сomedy", "tаlk", "home 🏫", "talk $",
    "screening; ground: consent", "not a screening", "home theatre", "anything", "-", "?", "0",
]  # fmt: skip
