"""Words that name work or education, in many languages: what `edge.contexts` looks for.

A word alone stands for itself and its English plural; ``word*`` for all that begin so, ``*word*``
for all that hold it. Accents, case and look-alike letters do not count.
"""

from __future__ import annotations

_ENGLISH = """
work* *worker* *workplace* *workshop* *teamwork* *homework* *coursework* *schoolwork* *groupwork*
*cowork* *telework* *paperwork* *shiftwork* job* *office* *staff* *employ* labor labour labour*
labors* laborer* laborato* *colleague* *meeting* company companies *corporate* corporation*
*business* firm enterprise* *factory* *factories* *warehouse* boss bosses manager* *management*
*executive* team* crew department* division hr *humanresource* *payroll* salary salaries sales
salesforce *marketing* scrum sprint offsite* awayday* onboarding* *allhands* allhand *boardroom*
*interview* *recruit* hiring* appraisal* *conference* desk desks *cubicle* *callcent* *shopfloor*
*breakroom* cashier* nurse nurses *customerservice* *openplan* hq working *parentsevening*
*policebriefing* *assemblyline* *productionline* *constructionsite* *buildingsite* *occupation*
*profession* *career* *vocation* *apprentic* intern interns internship* shift shifts payday*
*supervis* *subordinate* *personnel* workforce* cowork* *quarterlyreview* *performancereview*
standupmeeting* dailystandup* headquarter* *industrial* jobsite* *lecture* *lecturing* class
classes *classroom* *classmate* classwork* *masterclass* *school* *university* *universities*
*college* campus* *academ* *educat* edu *teach* *learning* learn learner* *lesson* *tutor* pupil*
*student* study studying studies studyhall* *seminar* *webinar* *training* trainee* trainer*
course courses *curricul* exam exams examination* *kindergarten* *preschool* *nursery* *daycare*
daycare* creche* *faculty* *professor* *headmaster* *instruct* *pedagog* *didact* *bootcamp*
thesis theses *dissertation* phd diploma* *graduat* lab labs mentor* tuition* *detention* uni
semester* recess gcse* *satprep* matura* *spellingbee* *schoolassembly* *morningassembly*
syllabus* homeroom* *elearning* mooc* recitation* colloquium practicum* freshm* sophomore*
*undergrad* grade grades grader* schol* *scholar* pta yeshiva* madras* gymnasium*
"""

_GERMAN = """
*arbeit* buro* buero* *grossraumbur* *betrieb* firma firmen* *kolleg* *beruf* dienst dienstb*
dienstl* dienstpl* dienstst* dienstz* diensts* schul* *schule* *schuler* *schulung* *unterricht*
*vorlesung* klasse klassen klassenz* klassenf* klassena* klassent* *schulklasse* lehr* *lehrer*
*ausbildung* *bildung* *studium* *studier* *studenten* kurs kurse kurses *lehrgang* *prufung*
*pruefung* *hausaufgab* kita kitas hort horte *besprechung* *sitzung* *belegschaft* personalv*
personalr* personala* *fabrik* werk werke werks* werkstatt* werkhalle* *gewerbe* *gewerk*
*praktik* *azubi* *angestellt* *vorgesetzt* *unternehmen* *konzern* *meisterklasse* *uebung*
*klausur* *abitur* *gymnasi* *krippe* *tagesmutter* *fruhschicht* *spatschicht* *nachtschicht*
schicht* *vorstellungsgesprach*
"""

_ROMANCE = """
travai* travau* *bureau* *entreprise* *salarie* *collegue* equipe* *personnel* *ecole* *lycee*
*universit* *universid* cours classe clases clase *lecon* *etudiant* etude etudes eleve eleves
*enseign* *professeur* formation* *stagiaire* *usine* *chantier* metier* *boulot* *maternelle*
*garderie* *amphitheatre* amphi *seminaire* *colloque* *patron* *ouvrier* *fonctionnaire*
*embauche* *apprentissage* *trabaj* *oficina* *empresa* *emplead* empleo* *laboral* colega*
*escuela* *colegio* *escolar* *instituto* aula aulas *leccion* curso cursos *alumn* *estudi*
*profesor* *ensenanza* *guarderia* *fabrica* jefe* *plantilla* *catedra* *formacion*
*capacitacion* *obrero* *negocio* *reunionde* *reuniondu* *reuniondequipe* *lavoro* *lavorat*
*ufficio* *uffici* *azienda* *aziendal* *dipendent* *impiegat* *riunione* *scuola* *scolast*
*lezion* corso corsi *insegn* *fabbrica* *colleghi* collega *asilo* liceo licei *formazione*
*didatt* *operai* *stabilimento* *maestra* *trabalh* *escritorio* *funcionari* *reuniao* *escola*
*faculdade* *treinamento* *formacao* *professora* *ensino* *munca* muncii *birou* *scoala* scolar*
scoli *lectie* curs *cursuri* *sedinta* *angajat* clasa elevi *gradinita* *feina* *oficines*
*escoles* *treball* *aules*
"""

_NORTHERN = """
*kantoor* *bedrijf* *vergadering* collega* *personeel* les lessen klas klassen *leerling*
*onderwijs* *hogeschool* *cursus* *opleiding* *leraar* *docent* *werknemer* *werkgever* *arbet*
*arbejd* *arbeid* *kontor* jobb* *skola* *skole* *skolan* *undervis* *lektion* *forelas*
*forelaes* *foreles* elev elever *foretag* *virksomhed* *bedrift* mote moete *utbildning* *utdann*
*uddann* *barnehage* *bornehave* *dagis* *medarb* *larare* *laerer* *ansatte* *anstalld* tyo*
*toimisto* *koulu* *oppitunti* *luento* *yliopisto* *kokous* *luokka* *opetus* *opiskel*
*paivakoti* toissa *vinna* vinnu* *skoli* *kennsl* *vinnustad* tookoht* kool koolis *darbs* darba*
*skolas* *mokykl* darbo* darbas*
"""

_EASTERN = """
prac* *pracow* *pracovn* biur* *szkol* *lekcj* *wyklad* *uniwersyt* *zebranie* *spotkani* *uczel*
uczen* uczni* *nauczyc* *zaklad* *zatrudn* *przedszkol* kursy *kancelar* skol* *skolka* porada
*schuze* *vyuk* *prednask* *univerzit* *zamestn* trida tridy ucit* *munka* *munkahely* *iroda*
*iskola* *tanora* *tanit* *egyetem* *ertekezlet* ceg ceges *osztaly* *dolgozo* *ovoda* *tanfolyam*
*oktat* posao poslu *ucionic* *predavanj* *sastanak* *fakultet* *sluzb* *delovn* delo *sestanek*
*isyeri* *ofis* *okul* ders dersi derslik* dershane* *sinif* *universite* *toplanti* *calisan*
*calisma* *ogretmen* *ogrenci* *egitim* *fabrika* *sirket* personel* mesai* *kerja* *kantor*
*sekolah* *kelas* *kuliah* rapat *karyawan* *pejabat* *pelajar* *perusahaan* *universitas*
*lamviec* *congviec* *vanphong* *truonghoc* *lophoc* *daihoc* *baigiang* *cuochop* *nhanvien*
*congty* *giaovien* *trabaho* *opisina* *paaralan* *eskwela* kazi* *ofisi* shule* darasa*
*mkutano* *chuokikuu* *rabota* *shkola* *urok* *zavod* *sobranie* *soveshan* *sotrudnik* shigoto*
kaisha* gakko* jugyo* gongzuo* xuexiao* bangong* *hakgyo* *hoesa*
"""

# Of scripts other than the Latin one, all of them wherever they stand.
_OTHER_SCRIPTS = """
работ офис школ урок лекци лекция университет собран совещан сотрудник класс завод фабрик контор
предприят учеб учител учащ студент занят образован детсад детскийсад институт коллег персонал
семинар экзамен планерк цех колледж гимнази лицей служб служащ ученик начальник стажир тренинг
обучен аудитори кабинет робоч робота офіс лекці університет нарад працівник праця праці
підприємств освіт навчан вчител учні клас училищ служител фирм занимани посао канцелариј предавањ
радник састанак учиониц εργασι εργαζ γραφει σχολει σχολικ ταξη ταξησ μαθημα διαλεξ πανεπιστημ
εκπαιδευ συσκεψη δουλει υπαλληλ εταιρ προσωπικ νηπιαγωγ φροντιστηρ καθηγητ μαθητ φοιτητ εργοστασι
عمل مكتب مدرس جامعة محاضر اجتماع فصل درس دروس تعليم موظف شركة شركه مصنع دوام كلية معهد روضة تدريب
طلاب طالب معلم وظيف اداره مدرسه دانشگاه کلاس جلسه کارمند شرکت اموزش دفتر کارگاه اسکول سکول کارخانه
محلکار עבוד משרד ביתספר ביהס כיתה כיתת שיעור הרצאה הרצאת אוניברסיט ישיבה ישיבת עובד חינוך מפעל
גןילדים לימוד סטודנט מורה מכללה חברה תלמיד काम कार्यालय दफ्तर दफ़्तर ऑफिस आफिस स्कूल विद्यालय
कक्षा पाठशाला विश्वविद्यालय व्याख्यान बैठक शिक्षा कर्मचारी नौकरी प्रशिक्षण कॉलेज कंपनी क्लास কাজ
অফিস স্কুল ক্লাস বিশ্ববিদ্যালয় শিক্ষা কর্মক্ষেত্র পাঠ பள்ளி அலுவலக வேலை கல்வி வகுப்பு ทำงาน
สำนักงาน ออฟฟิศ โรงเรียน ห้องเรียน มหาวิทยาลัย บรรยาย ประชุม พนักงาน บริษัท การศึกษา เรียน โรงงาน
კოლ სკოლ სამსახურ ოფის დպր դպրոց աշխատ գրասենյակ 職場 仕事 会社 社員 社内 社内会 勤務 労働 業務
会議 朝礼 学校 授業 講義 教室 教育 大学 高校 中学 小学 学級 学習 研修 職員 従業員 事務所 オフィス
工場 塾 生徒 学生 教員 保育 幼稚園 面接 セミナー ミーティング クラス スクール レッスン しごと
がっこう じゅぎょう バイト 出勤 スタッフ 講座 講習 就業 就労 勉強 入社 残業 役所 職業 工作 办公
辦公 公司 员工 員工 职场 上班 会议 會議 开会 開會 學校 课堂 課堂 上课 上課 课程 課程 讲座 讲课
講課 大學 教学 教學 培训 培訓 工厂 工廠 车间 車間 单位 單位 同事 老师 老師 學生 幼儿园 幼兒園 班级
班級 考试 考試 企业 企業 面试 面試 雇员 僱員 补习 補習 劳动 勞動 学院 學院 中學 小學 职员 部门
部門 讲义 公务 團隊 团队 例会 例會 晨会 직장 회사 사무실 사무소 근무 업무 직원 사원 회의 학교 수업
강의 교실 교육 대학 학원 학생 선생 유치원 어린이집 연수 공장 노동 일터 오피스 세미나 시험 면접
출근 회식 미팅 클래스 강좌 강의실 조회 스터디 초등 중등 고등
"""

WORDS = (_ENGLISH + _GERMAN + _ROMANCE + _NORTHERN + _EASTERN).split()
ANYWHERE = _OTHER_SCRIPTS.split()

# In a title: what was shown may be called The Office or School of Rock, so that a word is no
# reason; these say that what is recorded is a meeting, a lesson or an exam itself.
_TITLES = """
staffmeeting teammeeting boardmeeting allhandsmeeting companymeeting salesmeeting
departmentmeeting employeemeeting workmeeting projectmeeting weeklymeeting quarterlymeeting
quarterlyreview performancereview jobinterview employeetraining stafftraining companytraining
onboarding safetytraining officeparty teambuilding parentteacher mathlesson mathslesson
englishlesson historylesson mathclass mathsclass englishclass historyclass biologyclass
scienceclass physicsclass chemistryclass guestlecture universitylecture schoollesson schoolclass
lecturehall classroomrecording finalexam teambesprechung betriebsversammlung
mitarbeiterversammlung personalversammlung betriebsfeier mitarbeiterschulung mitarbeitergesprach
vorstellungsgesprach unterricht vorlesung schulstunde klassenarbeit klassenzimmer schulklasse
arbeitsplatz reuniondupersonnel reuniondequipe reuniondetravail coursdemath coursmagistral
salledeclasse reuniondepersonal reuniondeequipo reuniondetrabajo clasedematematicas clasedemate
riunionedelpersonale riunionedilavoro lezionedimatematica reuniaodeequipe reuniaodetrabalho
auladematematica personeelsvergadering teamvergadering personalmote уроквшколе урокматематики
совещание планерка рабочеесобрание 職員会議 社員会議 朝礼 授業 講義 社員研修 员工会议 員工會議
部门会议 课堂教学 上课 직원회의 수업 강의
"""

TITLES = _TITLES.split()
