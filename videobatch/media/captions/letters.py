"""The look of text in each language: by this a file's encoding is weighed.

`frequent` are the characters that make up most of a text in that language, `alphabet` those beyond
ASCII that it may hold at all, `expected` some of which any text of a few lines has at least one.
They were put together from common frequency lists; only how often a right reading beats a wrong one
matters, so that their order and their edges do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_HAN = (
    "一是不了在人有我他中上大和地到以要就出可也你生能而子那得下自之年作里用道行所然家事成方多去法"
    "如都同面起看定天分好小部其些主理心她本前因只想日者意力它把十民第公此已工使情明性知全三又正"
    "外高由很最重物手向文政美相被利什二等或新己制身果加西斯月合回特代信表化老世位次度任常先海通"
    "教原提立及比解水名真走各入口平系活更别打女四神何安少才反受目太量再感建做接必件管期市直德命山"
    "金指克保至形社便空治展科司五基眼非白却界光放即像且思王象完式色路南品住告求程北死交取拉格"
    "望共清今切院候呢吧啊哦您哪怎喜快早晚介班例找服朋友父母兄弟姐妹男孩近左右坐站跑字句言"
    "的車子吃喝叫爸妈哥六七八九百千半星期明天昨早上午下晚夜春夏秋冬"
)
_SIMPLIFIED = (
    "这个们来为国时说会对过发后种经么学现当没动还进样开从实军无与长机业将两间问战头体见产话并"
    "给门东声员论处义几认条气题变总电数报结务场计资许统区队决马书则听达强难权设记张该规万领确"
    "传师观让识带导争运吗谢请谁欢爱钱买慢课讲讨图试验帮写读词语线选择输视频网单张头钟轮转边"
    "车静轻节类热爷亲边吓够岁听诉该样汉应达点关"
)
_TRADITIONAL = (
    "這個們來為國時說會對過發後種經麼學現當沒動還進樣開從實軍無與長機業將兩間問戰頭體見產話並"
    "給門東聲員論處義幾認條氣題變總電數報結務場計資許統區隊決馬書則聽達強難權設記張該規萬領確"
    "傳師觀讓識帶導爭運嗎謝請誰歡愛錢買慢課講討圖試驗幫寫讀詞語線選擇輸視頻網單鐘輪轉邊車靜"
    "輕節類熱爺親嚇夠歲訴漢應點關裡著妳甚於爲"
)
_HIRAGANA = "".join(map(chr, range(0x3041, 0x3097)))
_KATAKANA = "".join(map(chr, range(0x30A1, 0x30FB))) + "ー"
_KANJI = "日本人大年中国会行出事自分今何思言見来気時間話私彼女手前後上下生学先方家目心物高新長"
_HANGUL = (
    "이다는에을가의고지한하로기은도사를시어자인리나해서대아정있게일여그스수부만보라니들원장주전으"
    "제구과상면비것안선계미우유성조적연공화동오위경신러요관거생모방소문습당치무등마중바국실와년음"
    "월할분였없결르까네말때저너내더봐죠군왜뭐건녕세감합좋알었겠려데식물개트드크운같길두번명교"
    "입발심진난람함께된될많못야간차양속강외영야친회설달재용최현표행루집추터업체점각천투하늘품"
)


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language as its text looks, and the encodings in which it is found, usual ones first."""

    code: str
    encodings: tuple[str, ...]
    frequent: frozenset[str]
    alphabet: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)
    expected: frozenset[str] = frozenset()


def _dense(code: str, encodings: str, frequent: str) -> Tongue:
    return Tongue(code, tuple(encodings.split()), frozenset(frequent))


def _letters(
    code: str, encodings: str, frequent: str, others: str = "", expected: str = ""
) -> Tongue:
    """A language whose letters lie all beyond ASCII, those that are frequent in their order."""
    alphabet = frozenset(frequent + others)
    capitals = frozenset(c.upper() for c in alphabet if len(c.upper()) == 1)
    weights = {c: 1 - rank / len(alphabet) for rank, c in enumerate(frequent + others)}
    return Tongue(
        code,
        tuple(encodings.split()),
        frozenset(frequent),
        alphabet | capitals,
        weights=weights,
        expected=frozenset(expected),
    )


def _latin(code: str, encodings: str, alphabet: str, words: str) -> Tongue:
    letters = frozenset(alphabet)
    capitals = frozenset(c.upper() for c in letters if len(c.upper()) == 1)
    known = frozenset(words.split())
    return Tongue(code, tuple(encodings.split()), letters, letters | capitals, known)


_CYRILLIC = "cp1251 koi8_r cp866 iso8859_5 mac_cyrillic"
_WEST = "cp1252 mac_roman cp850"
_MIDDLE = "cp1250 iso8859_2 cp852"
_BALTIC = "cp1257 iso8859_13"

# Languages that are written without a break between words, or by signs for syllables.
DENSE = (
    _dense("zh-Hans", "gb18030", _HAN + _SIMPLIFIED),
    _dense("zh-Hant", "big5hkscs cp950 gb18030", _HAN + _TRADITIONAL),
    _dense("ja", "cp932 euc_jp", _HIRAGANA + _KATAKANA + _KANJI),
    _dense("ko", "cp949", _HANGUL),
)

LETTERED = (
    _letters("ru", _CYRILLIC, "оеаинтсрвлкмдпуяыьг", "бзчйжхшюцщэфъё"),
    _letters("uk", "cp1251 koi8_u cp866 iso8859_5", "оаинтвілрескмдупя", "гзбьчйжхшюцщєїґф"),
    _letters("bg", "cp1251 iso8859_5 cp866", "аоеитнрсвлкдпмзъяугб", "чцжйхшщфюь"),
    _letters("sr", "cp1251 iso8859_5", "аоиенртсјувкдмплз", "бгчшцхжћђљњфџ", "јћђљњ"),
    _letters("el", "cp1253 iso8859_7", "αοιετσνηυρπκμλςωίάόέή", "βγδζθξφχψύώϊϋΐΰ", "άέήίόύώΐΰ"),
    _letters("he", "cp1255 iso8859_8", "יוהלאמתרשבנ", "גדזחטכםןסעףפץצק"),
    _letters("ar", "cp1256 iso8859_6", "الينموتربعدسهفكقحة", "جشصخطذىضزأغثظءئإؤآًٌٍَُِّْپچژگکی،؟؛"),
    _letters(
        "th",
        "cp874 tis_620",
        "านรอกเงมยลวดทสตะปบคหแจพชขใไโ่้ัีิ์ุู็ำ",
        "ฎฏฐฑฒณถธนผฝภศษฬฮฤฦๆฯึื๊๋ฉซญฆฌ",
    ),
)

LATIN = (
    _latin("en", _WEST, "éèêëàâçïîôöüñáíóú",
           "the and you that is of to in it we this for are what not"),
    _latin("fr", _WEST, "éèêëàâçùûüïîôœæÿ",
           "le la les de des et est un une que qui pas pour dans nous"
           " vous je il on ce sur avec très été à là mais plus son au bien"),
    _latin("de", _WEST, "äöüß",
           "der die das und ist ein eine nicht ich du wir sie es mit auf für den"
           " von zu im auch wie aber so dass über"),
    _latin("es", _WEST, "áéíóúüñ¿¡",
           "el la los las de que y es en un una no por con para se lo qué"
           " está más como pero su al del yo"),
    _latin("pt", _WEST, "áàâãéêíóôõúüç",
           "o a os as de que e é em um uma não por com para se do da"
           " você isso está mas como no na eu mais muito"),
    _latin("it", _WEST, "àèéìíîòóùú",
           "il lo la i gli le di che e è un una non per con si del della"
           " sono come ma più questo perché"),
    _latin("nl", _WEST, "éëïöüèáóê",
           "de het een en is van dat ik je niet we in op te met voor zijn"),
    _latin("sv", _WEST, "åäöéà",
           "och att det är som en ett jag du vi inte på för med har till av"),
    _latin("da", _WEST, "æøåé",
           "og at det er som en et jeg du vi ikke på for med har til af den"),
    _latin("no", _WEST, "æøåéòô",
           "og at det er som en et jeg du vi ikke på for med har til av den"),
    _latin("fi", _WEST, "äöåšž",
           "ja on ei se että hän mitä minä sinä niin mutta kun ovat olen"),
    _latin("is", _WEST, "áðéíóúýþæö",
           "og að er það ekki ég þú við sem en um til með hann hún"),
    _latin("ca", _WEST, "àçèéíïòóúü·",
           "el la els les de que i és en un una no per amb és com"),
    _latin("pl", _MIDDLE, "ąćęłńóśźż",
           "i w na z się nie to że jest do co jak ale o za tak po dla"
           " będziemy dzień mam jestem"),
    _latin("cs", _MIDDLE, "áčďéěíňóřšťúůýž",
           "a se je na to že v s z o do jsem ale jak co si by už"
           " tak není jsou"),
    _latin("sk", _MIDDLE, "áäčďéíĺľňóôŕšťúýž",
           "a sa je na to že v s z o do som ale ako čo si by"),
    _latin("hu", _MIDDLE, "áéíóöőúüű",
           "a az és hogy nem is egy ez van mit de meg volt én te csak"),
    _latin("ro", "cp1250 iso8859_16 iso8859_2", "ăâîșşțţ",
           "și şi de la nu în că o un este cu pe ce"
           " să mai din am"),
    _latin("hr", _MIDDLE, "čćđšž",
           "i je se u na da što ne sam za od su to ali kao bi"),
    _latin("sl", _MIDDLE, "čšž",
           "in je se v na da ne sem za ki so to ali kot bi"),
    _latin("tr", "cp1254 iso8859_9", "çğıöşüâîİ",
           "bir ve bu da de ne için ben çok değil var mi"
           " daha ama gibi bugün"),
    _latin("lt", _BALTIC, "ąčęėįšųūž",
           "ir yra kad tai ne į su aš tu bet kaip apie jis"),
    _latin("lv", _BALTIC, "āčēģīķļņšūž",
           "un ir ka tas nav es tu bet kā par viņš ar"),
    _latin("et", _BALTIC, "äöõüšž",
           "ja on ei see et ma sa mis kui aga ta oma"),
    _latin("vi", "cp1258", "àáâãèéêìíòóôõùúýăđĩũơư\u0300\u0301\u0303\u0309\u0323",
           "là và của không"
           " có một cho này các tôi"),
)  # fmt: skip
