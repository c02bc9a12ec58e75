"""The vocabulary: frozen records that every floor shares, and their JSON form.

    video      a video on its way: VideoState, Stage, VideoJob, ErrorRecord, VideoResult
    claim      the right to work on it: Claim, fencing tokens, NoRoom, Death, End
    batch      the pauses of a batch: Pause
    media      a file: Probe, its tracks, AudioSegment, stills
    document   the makings of a document: Utterance, Word, Transcript, FrameRef, Chapter, Coverage
    slides     what stands on a slide: Box, SlideLine, Page, SlideText
    translation  what was said in another language: Translation, GlossaryTerm
    calls      calls to a provider: Currency, Amounts, Permit, Feedback, StoredFile
    worker     Phase and Counted
    sample     one second of a worker: Sample, HostReading, SpeechReading, Reading
    wire       to_json and from_json

All of them are imported from here. Times inside a video are seconds from its start (`at_s`,
`start_s`, `end_s`). Wall-clock times are Unix seconds by Redis' clock. Sizes are bytes.
"""

from __future__ import annotations

from videobatch.records.batch import PERSON, GoneModel, Pause
from videobatch.records.calls import Allowance, Amounts, Currency, Feedback, Permit, StoredFile
from videobatch.records.claim import (
    LIFE_MARK,
    OVERDUE,
    TOKEN,
    Claim,
    Death,
    End,
    Held,
    NoRoom,
    token_order,
)
from videobatch.records.document import (
    UNCHECKED,
    Chapter,
    Checked,
    Correction,
    Coverage,
    FrameRef,
    Gap,
    Transcript,
    Utterance,
    Word,
)
from videobatch.records.media import (
    SAMPLE_RATE_HZ,
    AudioSegment,
    AudioTrack,
    Frame,
    Picture,
    Probe,
    SubtitleTrack,
    VideoTrack,
)
from videobatch.records.sample import HostReading, Reading, Sample, SpeechReading
from videobatch.records.slides import Box, LineKind, Page, SlideLine, SlideText
from videobatch.records.translation import GlossaryTerm, TranslatedLine, Translation
from videobatch.records.video import (
    FINAL_STATES,
    ErrorKind,
    ErrorRecord,
    Remark,
    RemarkCode,
    Stage,
    VideoJob,
    VideoResult,
    VideoState,
)
from videobatch.records.wire import from_json, to_json
from videobatch.records.worker import Counted, Phase

__all__ = [
    "FINAL_STATES",
    "LIFE_MARK",
    "OVERDUE",
    "PERSON",
    "SAMPLE_RATE_HZ",
    "TOKEN",
    "UNCHECKED",
    "Allowance",
    "Amounts",
    "AudioSegment",
    "AudioTrack",
    "Box",
    "Chapter",
    "Checked",
    "Claim",
    "Correction",
    "Counted",
    "Coverage",
    "Currency",
    "Death",
    "End",
    "ErrorKind",
    "ErrorRecord",
    "Feedback",
    "Frame",
    "FrameRef",
    "Gap",
    "GlossaryTerm",
    "GoneModel",
    "Held",
    "HostReading",
    "LineKind",
    "NoRoom",
    "Page",
    "Pause",
    "Permit",
    "Phase",
    "Picture",
    "Probe",
    "Reading",
    "Remark",
    "RemarkCode",
    "Sample",
    "SlideLine",
    "SlideText",
    "SpeechReading",
    "Stage",
    "StoredFile",
    "SubtitleTrack",
    "Transcript",
    "TranslatedLine",
    "Translation",
    "Utterance",
    "VideoJob",
    "VideoResult",
    "VideoState",
    "VideoTrack",
    "Word",
    "from_json",
    "to_json",
    "token_order",
]
