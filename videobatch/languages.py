"""Codes and names of languages, as containers, file names and people spell them."""

from __future__ import annotations

import re

# Each line: the language as BCP 47 has it, then what else stands for it: ISO 639-2 and 639-3, the
# English name, and what file names use. The first line that holds a spelling counts.
_TABLE = """
zh chi zho cmn chinese mandarin putonghua 中文 汉语 漢語 华语 華語
zh 国语 國語 普通话 普通話 中字 中文字幕
zh-Hans chs sc gb gb2312 gbk gb18030 hans zhs zhcn cn schinese simplified
zh-Hans 简体 简体中文 简中 简 简体字幕
zh-Hans 簡體 簡中 簡體中文 简体中字 zh-chs chinese-simplified simplified-chinese simplifiedchinese
zh-Hant cht tc big5 hant zht zhtw tw tchinese traditional
zh-Hant 繁體 繁体 繁中 繁 繁體中文 繁体中文 繁體字幕
zh-Hant 正體 正體中文 正体 zh-cht chinese-traditional traditional-chinese traditionalchinese
zh-Hant-HK hk zhhk 港繁 香港
yue cantonese 粤语 粵語 廣東話 广东话 粤 粵
en eng english 英文 英语 英語 英字 inglés ingles anglais englisch
ja jpn jp japanese 日文 日语 日語 日本語 日字
ko kor kr korean 韩文 韓文 韩语 韓語 한국어
fr fra fre french français francais 法语 法語 法文
de deu ger german deutsch 德语 德語 德文
es spa spanish español espanol castellano castilian 西班牙语
es-419 spl latam latino
pt por portuguese português portugues 葡萄牙语
pt-BR pob pb ptbr brazilian brazil brasil
it ita italian italiano
nl nld dut dutch nederlands
ru rus russian русский рус 俄语 俄語
uk ukr ua ukrainian українська укр
pl pol polish polski
cs ces cze cz czech čeština
sk slk slo slovak
sl slv slovenian slovene
hr hrv croatian hrvatski
sr srp scc serbian
bs bos bosnian
bg bul bulgarian български
mk mkd mac macedonian
ro ron rum romanian română
hu hun hungarian magyar
el ell gre gr greek ελληνικά
tr tur turkish türkçe
ar ara arabic العربية 阿拉伯语
he heb iw hebrew עברית
fa fas per persian farsi فارسی
hi hin hindi हिन्दी
ur urd urdu
bn ben bengali
ta tam tamil
te tel telugu
ml mal malayalam
mr mar marathi
gu guj gujarati
pa pan punjabi
kn kan kannada
th tha thai ไทย 泰语 泰語
vi vie vn vietnamese việt 越南语
id ind in indonesian indonesia 印尼语
ms msa may malay melayu 马来语
fil tgl filipino tagalog
sv swe swedish svenska
da dan dk danish dansk
no nor norwegian norsk
nb nob bokmål bokmal
nn nno nynorsk
fi fin finnish suomi
is isl ice icelandic
et est estonian eesti
lv lav latvian
lt lit lithuanian
ca cat catalan català
eu eus baq basque
gl glg galician
cy cym wel welsh
ga gle irish
sq sqi alb albanian
ka kat geo georgian
hy hye arm armenian
az aze azerbaijani
kk kaz kazakh
uz uzb uzbek
mn mon mongolian
ne nep nepali
si sin sinhala
km khm khmer
lo lao laotian
my mya bur burmese
bo bod tib tibetan
ug uig uyghur uighur
sw swa swahili
am amh amharic
so som somali
af afr afrikaans
la lat latin
eo epo esperanto
"""

# Two languages line by line.
_BOTH = {
    "中英": ("zh", "en"),
    "中英双语": ("zh", "en"),
    "中英雙語": ("zh", "en"),
    "中英字幕": ("zh", "en"),
    "双语": ("zh", "en"),
    "雙語": ("zh", "en"),
    "简英": ("zh-Hans", "en"),
    "簡英": ("zh-Hans", "en"),
    "繁英": ("zh-Hant", "en"),
    "zhe": ("zh", "en"),
    "chseng": ("zh-Hans", "en"),
    "chteng": ("zh-Hant", "en"),
    "中日": ("zh", "ja"),
    "简日": ("zh-Hans", "ja"),
    "繁日": ("zh-Hant", "ja"),
    "中韩": ("zh", "ko"),
    "中韓": ("zh", "ko"),
}
# The other codes of ISO 639-1.
_CODES = """
    aa ab ae ak an as av ay ba be bh bi bm br ce ch co cr cu cv dv dz ee ff fj fo fy gd gn gv
    ha ho ht hz ia ie ig ii ik io iu jv kg ki kj kl kr ks ku kv kw ky lb lg li ln lu mg mh mi mt
    na nd ng nr nv ny oc oj om or os pi ps qu rm rn rw sa sd se sg sm sn ss st su tg ti tk tl tn
    to ts tt ty ve vo wa wo xh yi yo za zu
"""
_UNDETERMINED = frozenset({"und", "unk", "mis", "mul", "zxx"})
_SCRIPT = re.compile(r"[a-z]{4}$")


def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _TABLE.split("\n"):
        code, *others = line.split() or [""]
        for spelling in (code.lower(), *others):
            if spelling:
                found.setdefault(spelling.lower(), code)
    return found


_SPELLINGS = _spellings()
_KNOWN = frozenset(_CODES.split()) | _SPELLINGS.keys()


def bcp47(language: str | None) -> str | None:
    """A language as BCP 47 writes it; None for none and for "undetermined"."""
    if not language or language.lower() in _UNDETERMINED:
        return None
    whole = language.replace("_", "-").lower()
    if whole in _SPELLINGS:
        return _SPELLINGS[whole]
    head, *rest = whole.split("-")
    return "-".join([_SPELLINGS.get(head, head), *map(_subtag, rest)])


def _subtag(part: str) -> str:
    return part.title() if _SCRIPT.match(part) else part.upper() if len(part) == 2 else part


def languages_of(word: str) -> tuple[str, ...]:
    """The languages that a word of a file's name stands for: none, one, or two that are both in
    the file (`chs&eng`, `中英`). A region or a script may follow (`pt-BR`, `zh_Hant`)."""
    text = word.replace("_", "-").lower()
    if text in _BOTH:
        return _BOTH[text]
    if text in _KNOWN:
        return (_SPELLINGS.get(text, text),)
    head, *rest = text.split("-")
    if not rest or head not in _KNOWN:
        return ()
    first = _SPELLINGS.get(head, head)
    if all(_is_subtag(part) for part in rest):
        found = bcp47(text)
        return (found,) if found else ()
    others = [languages_of(part) for part in rest]
    return (first, *(language for other in others for language in other)) if all(others) else ()


def _is_subtag(part: str) -> bool:
    """True for a script, or a region: two letters that are no usual language of a second line."""
    if part in {"hans", "hant", "latn", "cyrl", "arab", "419"}:
        return True
    return len(part) == 2 and part.isascii() and part.isalpha() and part not in {"en", "zh", "ja"}


def primary(language: str | None) -> str | None:
    """The language without script and region; Cantonese counts as Chinese."""
    found = (bcp47(language) or "").partition("-")[0] or None
    return "zh" if found == "yue" else found
