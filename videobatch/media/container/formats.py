"""Names and first bytes of the files that hold video or sound."""

from __future__ import annotations

import re

_VIDEO = (
    "mp4 m4v mov qt 3gp 3g2 3gpp f4v mkv mk3d webm avi divx flv ts mts m2ts m2t mpg mpeg mpe mpv "
    "m1v m2v m2p mp2v vob wmv asf wtv dvr-ms ogv ogm ogx mxf gxf rm rmvb dv y4m mjpeg mjpg h264 "
    "h265 hevc ivf nut nsv dav lrv insv"
)
_AUDIO = (
    "m4a m4b m4r mp3 mp2 mp1 mpga mpa wav wave w64 flac opus ogg oga spx aac adts ac3 eac3 ec3 dts "
    "dtshd thd aif aiff aifc caf wma amr awb 3ga mka weba wv ape tta tak mpc gsm au snd voc ra oma "
    "dss qcp"
)
SOUND_SUFFIXES = frozenset(f".{kind}" for kind in _AUDIO.split())
MEDIA_SUFFIXES = SOUND_SUFFIXES | {f".{kind}" for kind in _VIDEO.split()}

# FFmpeg's names of demuxers that read their one file. None follows references: hls, dash, concat,
# image2, sdp, rtsp, imf and the like are absent, and so are all subtitle formats.
DEMUXERS = (
    "mov,matroska,avi,mpegts,mpeg,flv,ogg,mp3,wav,w64,flac,aac,loas,asf,amr,caf,aiff,ac3,eac3,dts,"
    "dtshd,truehd,au,wv,ape,tta,tak,mpc,mpc8,gsm,mxf,gxf,rm,wtv,dv,mpegvideo,m4v,h264,hevc,mjpeg,"
    "yuv4mpegpipe,ivf,nut,nsv,voc,dhav,oma,dss,qcp"
)
# Formats that hold one stream of pictures and no times.
UNTIMED = frozenset({"h264", "hevc"})

# What often lies beside videos and is none. Files of other kinds are asked for their first bytes.
_OTHER = (
    "7z ass bak bib bmp bz2 c cfg conf cpp cr2 css csv cue db dll dmg doc docx eml epub exe gif gz "
    "h heic heif htm html ico ics idx ini ipynb iso jpe jpeg jpg js json jsonl key log lrc lua md "
    "mdb mid midi mpd m3u m3u8 nfo numbers odp ods odt org otf pages pdf php pls png ppt pptx ps "
    "psd py rar rst rtf sbv sh smi sql sqlite srt ssa sub sup svg tar tex thm tif tiff toml tsv "
    "ttf ttml txt url vtt webp xls xlsx xml xz yaml yml zip zst"
)
OTHER_SUFFIXES = frozenset(f".{kind}" for kind in _OTHER.split())

# How the formats above begin.
_MAGIC = re.compile(
    rb"\x1aE\xdf\xa3|RIFF....(AVI |WAVE|AMV |QLCM)|RF64....WAVE|riff\x2e\x91|FLV\x01|OggS|fLaC|ID3"
    rb"|\x30\x26\xb2\x75\x8e\x66\xcf\x11|\x00\x00\x01[\xba\xb3]|\x00\x00\x00\x01[\x27\x67\x40\x42]"
    rb"|....(ftyp|moov|mdat|free|skip|wide|moof|styp)"
    rb"|#!AMR|caff\x00|FORM....AIF[FC]|\x0bw|\x7f\xfe\x80\x01|DTSHDHDR|wvpk|MAC |TTA[12]|tBaK"
    rb"|MP\+|MPCK|\.snd\x00|\.RMF|\.ra\xfd|\x06\x0e\x2b\x34\x02\x05\x01\x01|DKIF\x00\x00"
    rb"|\xb7\xd8\x00\x20\x37\x49\xda\x11|nut/multimedia|NSV[fs]|Creative Voice File|DHAV|YUV4MPEG2 "
    rb"|ea3\x03|EA3\x01|[\x02\x03]ds[s2]|\x1f\x07\x00[\x3f\xbf]",
    re.DOTALL,
)
# Pictures in boxes like those of MP4, and pictures and cursors in RIFF.
_STILL = re.compile(rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1|avi[fs]|jp2 |jpx )", re.DOTALL)
_TS_PACKET_BYTES = 188
_TS_SYNC = 0x47


def demuxer(suffix: str, head: bytes) -> str | None:
    """FFmpeg's name of the demuxer, where the first bytes alone would mislead it: a stream of JPEG
    pictures begins as a single one does."""
    return "mjpeg" if suffix in {".mjpeg", ".mjpg"} and head.startswith(b"\xff\xd8") else None


def looks_like_media(head: bytes) -> bool:
    """True if a file that begins like this is one of the formats that are read here."""
    if _STILL.match(head):
        return False
    return bool(_MAGIC.match(head)) or _is_mpeg_audio(head) or _is_transport_stream(head)


def _is_mpeg_audio(head: bytes) -> bool:
    """MPEG audio or ADTS: eleven set bits, and then no value that is not allowed."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    if head[1] & 0xF6 == 0xF0:
        return (head[2] >> 2) & 0xF < 13  # ADTS: the index of its rate.
    has_layer, has_version = head[1] & 0x06 != 0, head[1] & 0x18 != 0x08
    return has_layer and has_version and head[2] >> 4 != 0xF and head[2] & 0x0C != 0x0C


def _is_transport_stream(head: bytes) -> bool:
    starts = (0, 4)  # M2TS puts four bytes of time before each packet.
    for start in starts:
        syncs = head[start :: _TS_PACKET_BYTES + start][:5]
        if len(syncs) == 5 and set(syncs) == {_TS_SYNC}:
            return True
    return False
