"""The text of subtitle files in the encodings in which they are found."""

from __future__ import annotations

import pytest

from videobatch.media.captions import UnsureError, read_captions
from videobatch.media.captions.encodings import decode

CHINESE = (
    "大家好，今天我们讲自行车为什么不会倒。|当自行车静止的时候，它会在一秒钟内倒下。|秘密在于前轮。"
)
TRADITIONAL = (
    "大家好，今天我們講自行車為什麼不會倒。|當它靜止的時候，會在一秒鐘內倒下。|秘密在於前輪。"
)
JAPANESE = "みなさん、こんにちは。|今日は自転車の話です。|どうして倒れないのでしょうか。"
KOREAN = "여러분 안녕하세요.|오늘은 자전거 이야기입니다.|왜 넘어지지 않을까요?"
RUSSIAN = "Здравствуйте, сегодня мы говорим о велосипедах.|Почему он не падает?|Это очень просто."
UKRAINIAN = (
    "Привіт, сьогодні ми говоримо про велосипеди.|Чому вони не падають?|Це дуже цікаво, її їжак."
)
GREEK = "Καλημέρα, σήμερα μιλάμε για τα ποδήλατα.|Γιατί δεν πέφτουν;|Είναι πολύ απλό."
HEBREW = "שלום לכולם, היום נדבר על אופניים.|אני רוצה להראות לכם משהו.|למה הם לא נופלים?"
ARABIC = "مرحبا بكم، اليوم نتحدث عن الدراجات.|لماذا لا تسقط عندما تتحرك؟|هذا بسيط جدا."
THAI = "สวัสดีครับ วันนี้เราจะพูดเรื่องจักรยาน|ทำไมมันไม่ล้ม|ง่ายมาก ขอบคุณครับ"
TURKISH = "Merhaba, bugün bisikletlerin neden düşmediğini anlatacağız.|Bu çok güzel.|Şimdi bakın."
POLISH = (
    "Dzień dobry, dzisiaj będziemy mówić o rowerach.|Dlaczego się nie przewraca?|To jest proste."
)
CZECH = "Dobrý den, dnes budeme mluvit o kolech.|Proč kolo nespadne?|Je to velmi jednoduché, že?"
HUNGARIAN = (
    "Jó napot, ma a kerékpárokról beszélünk.|Miért nem dőlnek el?|Ez nagyon egyszerű, és szép."
)
LITHUANIAN = "Labas, šiandien kalbame apie dviračius.|Kodėl jie nenukrenta?|Tai yra labai paprasta."
FRENCH = "Très bien, l'été dernier nous étions là.|Pourquoi le vélo ne tombe pas ?|Où êtes-vous ?"
GERMAN = "Über die Straße gehen wir nicht.|Warum fällt das Fahrrad nicht um?|Es ist schön."
SPANISH = "El niño está aquí, ¿qué pasa?|¿Por qué no se cae?|Es muy fácil, señor."
ENGLISH = "He said it’s “fine” – really…|The café is open.|That is all."

FOUND = [
    (CHINESE, "gbk gb18030 utf-16-le utf-16-be utf-32-le utf-32-be utf-16 utf-32 utf-8-sig hz"),
    (TRADITIONAL, "big5 gb18030 utf-16-le"),
    (JAPANESE, "cp932 shift_jis euc_jp iso2022_jp utf-16-be"),
    (KOREAN, "cp949 euc_kr iso2022_kr"),
    (RUSSIAN, "cp1251 koi8_r cp866 iso8859_5 utf-16-le"),
    (UKRAINIAN, "cp1251 koi8_u"),
    (GREEK, "cp1253 iso8859_7"),
    (HEBREW, "cp1255 iso8859_8"),
    (ARABIC, "cp1256 iso8859_6"),
    (THAI, "cp874"),
    (TURKISH, "cp1254"),
    (POLISH, "cp1250 iso8859_2"),
    (CZECH, "cp1250"),
    (HUNGARIAN, "cp1250"),
    (LITHUANIAN, "cp1257"),
    (FRENCH, "cp1252 mac_roman iso8859_1 utf-16-le"),
    (GERMAN, "cp1252 cp850"),
    (SPANISH, "cp1252"),
    (ENGLISH, "cp1252"),
]  # fmt: skip
CASES = [(text, encoding) for text, encodings in FOUND for encoding in encodings.split()]


def srt(text: str) -> str:
    """Three cues, and no more."""
    return "\r\n".join(
        f"{n}\r\n00:00:{2 * n:02d},500 --> 00:00:{2 * n + 2:02d},400\r\n{line}\r\n"
        for n, line in enumerate(text.split("|"), 1)
    )


@pytest.mark.parametrize(("text", "encoding"), CASES, ids=[f"{e}-{t[:6]}" for t, e in CASES])
def test_three_cues_are_enough(text: str, encoding: str) -> None:
    found = read_captions(srt(text).encode(encoding))
    assert [said.text for said in found.utterances] == [
        " ".join(t.split()) for t in text.split("|")
    ]
    assert (found.unread, found.stray, found.broken) == (0, 0, 0)


@pytest.mark.parametrize(("text", "encoding"), CASES, ids=[f"{e}-{t[:6]}" for t, e in CASES])
def test_fewer_give_the_words_or_are_refused(text: str, encoding: str) -> None:
    """However little there is to go by, wrong words never come out."""
    for line in text.split("|"):
        raw = srt(line).encode(encoding)
        try:
            found = read_captions(raw)
        except UnsureError:
            continue
        assert [said.text for said in found.utterances] == [" ".join(line.split())]


@pytest.mark.parametrize(
    ("line", "encoding", "language"),
    [
        ("תודה רבה", "cp1255", "he"),
        ("Dziękuję bardzo", "cp1250", "pl"),
        ("Ačiū visiems", "cp1257", "lt"),
        ("Teşekkür ederim", "cp1254", "tr"),
        ("没事的", "gbk", "zh-Hans"),
        ("別擔心", "big5", "zh-Hant"),
        ("誰だ", "euc_jp", "ja"),
    ],
)
def test_the_language_in_the_name_helps(line: str, encoding: str, language: str) -> None:
    raw = srt(line).encode(encoding)
    assert decode(raw, (language,)).text == srt(line)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x81\x82 \xfe\xfd",
        bytes(range(0x80, 0x100)),
        b"\xe1\xe9 \xf5\xfb \xd2\xd3\xd4 \x8f\x90",
    ],
)
def test_what_is_like_no_language_is_refused(raw: bytes) -> None:
    with pytest.raises(UnsureError) as caught:
        read_captions(b"1\n00:00:01,000 --> 00:00:02,000\n" + raw + b"\n")
    assert caught.value.code == "bad_subtitles"
    assert caught.value.hint == "save it as UTF-8"


ENGLISH_TALK = (
    "Hello everyone, and welcome to the lecture.",
    "Today we will talk about the history of the bicycle.",
    "People pushed themselves along with their feet.",
    "Later somebody put pedals on the front wheel.",
    "That made it faster, but also more dangerous.",
)


@pytest.mark.parametrize("last", ["It’s the end.", "The end – at last.", "The end…", "It is £5."])
def test_one_sign_that_is_not_sure_costs_no_other_word(last: str) -> None:
    """Nine words in ten of an English file are the same in every table."""
    lines = [*ENGLISH_TALK, last]
    found = read_captions(srt("|".join(lines)).encode("cp1252"))
    assert [said.text for said in found.utterances] == lines
    assert found.doubted == 1
    sure = read_captions(srt("|".join(lines)).encode("utf-8"))
    assert sure.doubted == 0


def test_signs_that_are_not_sure_in_a_few_words_are_refused() -> None:
    with pytest.raises(UnsureError):
        read_captions(srt("The end – at last.").encode("cp1252"))


def test_a_few_broken_characters_are_marked_and_counted() -> None:
    raw = srt(CHINESE).encode()
    cut = raw.replace("静".encode(), "静".encode()[:2])
    found = read_captions(cut)
    assert found.broken == 1
    assert found.utterances[1].text == CHINESE.split("|")[1].replace("静", "�")
    legacy = srt(CHINESE * 5).encode("gbk")[:-3]
    assert read_captions(legacy).broken <= 1


def test_two_files_in_one_may_be_in_two_encodings() -> None:
    later = srt(CHINESE).replace("00:00:", "00:01:")
    found = read_captions(srt(CHINESE).encode() + b"\r\n" + later.encode("gbk"))
    assert [said.text for said in found.utterances] == CHINESE.split("|") * 2


def test_a_mark_before_other_bytes_says_nothing() -> None:
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe"):
        assert decode(mark + srt(CHINESE).encode("gbk")).text == srt(CHINESE)


def test_utf8_that_was_read_as_windows_1252_and_saved_again_is_mended() -> None:
    twice = srt(FRENCH).encode().decode("cp1252").encode()
    assert decode(twice).text == srt(FRENCH)
    assert decode(srt(FRENCH).encode()).text == srt(FRENCH)
    asian = srt(CHINESE).encode().decode("latin-1").encode()
    assert decode(asian).text == srt(CHINESE)


@pytest.mark.parametrize(("text", "encoding"), [(CHINESE, "gbk"), (KOREAN, "cp949")])
def test_asian_text_that_was_read_as_latin_and_saved_again_is_mended(
    text: str, encoding: str
) -> None:
    wrong = srt(text).encode(encoding).decode("latin-1")
    assert decode(wrong.encode()).text == srt(text)


@pytest.mark.parametrize("text", [FRENCH, GERMAN, SPANISH, ENGLISH, TURKISH, POLISH, CZECH])
def test_text_that_is_right_stays(text: str) -> None:
    assert decode(srt(text).encode()).text == srt(text)
