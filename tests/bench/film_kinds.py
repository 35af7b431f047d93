"""Kinds of film that a real ffmpeg makes in one call out of one small room.

A kind's name begins with what it is about; its words stand between the room's film and the file
that is written. What takes more than one call is in `film_faults`.
"""

import shlex
import subprocess
from pathlib import Path

import imageio_ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
# Two fields of two moments a frame, as an interlaced camera films.
FIELDS = "-vf fps=50,tinterlace=interleave_top,setfield=tff"
FIELDS_BFF = "-vf fps=50,tinterlace=interleave_bottom,setfield=bff"
X264 = "-c:v libx264 -preset ultrafast -crf 20 -pix_fmt yuv420p"
X265 = "-c:v libx265 -preset ultrafast -crf 20 -x265-params log-level=none"
MPEG2 = "-c:v mpeg2video -b:v 3M"
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 2M"
BFRAMES = "-c:v libx264 -bf 3 -g 12 -x264-params open-gop=1"
TFF = "-c:v libx264 -flags +ilme+ildct -x264-params tff=1"
BFF = "-c:v libx264 -flags +ilme+ildct -x264-params bff=1"
FIELDS_X265 = "-c:v libx265 -preset ultrafast -x265-params interlace=tff:log-level=none"
PRORES = "-c:v prores_ks -profile:v 1 -pix_fmt yuv422p10le"
DV = "-r 25 -c:v dvvideo -pix_fmt yuv420p"
M2TS = " -f mpegts -mpegts_m2ts_mode 1"
UNEVEN = "-vf \"select='not(between(n,20,40))*not(eq(mod(n,7),3))'\" -fps_mode vfr "
TWICE = "-vf setpts=floor(N/2)*2/25/TB -fps_mode passthrough -enc_time_base 1/25 "
TELECINE = "-vf fps=24000/1001,telecine -r 30000/1001 -flags +ilme+ildct "

# name: ending and words.
KINDS = {
    # Codecs in the containers they are met in.
    "h264 mp4": ("mp4", X264),
    "h264 mov": ("mov", X264),
    "h264 mkv": ("mkv", X264),
    "h264 avi": ("avi", X264 + " -bf 0"),
    "h264 ts": ("ts", X264),
    "h264 m2ts": ("m2ts", X264 + " -f mpegts -mpegts_m2ts_mode 1"),
    "h264 flv": ("flv", X264),
    "h264 3gp": ("3gp", X264 + " -s 352x288"),
    "h264 nut": ("nut", X264),
    "h264 mxf": ("mxf", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -s 320x240"),
    "h264 b-frames open gop": ("mp4", BFRAMES),
    "h264 b-frames ts": ("ts", BFRAMES),
    "h264 intra refresh": ("mp4", "-c:v libx264 -g 500 -x264-params intra-refresh=1"),
    "hevc mp4": ("mp4", X265 + " -tag:v hvc1"),
    "hevc mkv 10 bit": ("mkv", X265 + " -pix_fmt yuv420p10le"),
    "hevc ts": ("ts", X265),
    "vvc mp4": ("mp4", "-c:v libvvenc -preset faster -qp 28 -pix_fmt yuv420p10le -t 1"),
    "mpeg1 mpg": ("mpg", "-c:v mpeg1video -b:v 3M"),
    "mpeg2 mpg": ("mpg", MPEG2),
    "mpeg2 vob": ("vob", MPEG2),
    "mpeg2 mxf": ("mxf", MPEG2),
    "mpeg2 ts": ("ts", MPEG2),
    "mpeg4 avi": ("avi", "-c:v mpeg4 -q:v 3"),
    "mpeg4 packed b-frames avi": ("avi", "-c:v mpeg4 -q:v 3 -bf 2 -vtag DX50"),
    "xvid avi": ("avi", "-c:v libxvid -q:v 3"),
    "msmpeg4 avi": ("avi", "-c:v msmpeg4v2 -q:v 3"),
    "mjpeg avi": ("avi", "-c:v mjpeg -q:v 3"),
    "mjpeg mov": ("mov", "-c:v mjpeg -q:v 3"),
    "vp8 webm": ("webm", "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 2M -t 1"),
    "vp9 webm": ("webm", VP9),
    "vp9 alt-ref mkv": ("mkv", "-c:v libvpx-vp9 -cpu-used 8 -auto-alt-ref 1 -b:v 2M -t 1.5"),
    "av1 mp4": ("mp4", "-c:v libsvtav1 -preset 12 -crf 30"),
    "av1 webm": ("webm", "-c:v libsvtav1 -preset 12 -crf 30"),
    "prores mov": ("mov", PRORES),
    "prores 4444 alpha mov": ("mov", "-c:v prores_ks -profile:v 4 -pix_fmt yuva444p10le"),
    "dnxhr mov": ("mov", "-c:v dnxhd -profile:v dnxhr_lb -pix_fmt yuv422p -s 640x480"),
    "dnxhr mxf": ("mxf", "-c:v dnxhd -profile:v dnxhr_lb -pix_fmt yuv422p -s 640x480"),
    "cineform mov": ("mov", "-c:v cfhd -pix_fmt yuv422p10le"),
    "dv pal": ("dv", "-s 720x576 " + DV),
    "dv avi interlaced": ("avi", FIELDS + ",scale=720:576:interl=1 " + DV),
    "ffv1 mkv": ("mkv", "-c:v ffv1"),
    "ffv1 16 bit grey mkv": ("mkv", "-c:v ffv1 -pix_fmt gray16le"),
    "huffyuv avi": ("avi", "-c:v huffyuv -pix_fmt yuv422p"),
    "ffvhuff avi": ("avi", "-c:v ffvhuff"),
    "utvideo avi": ("avi", "-c:v utvideo -pix_fmt rgb24"),
    "qtrle alpha mov": ("mov", "-c:v qtrle -pix_fmt argb"),
    "png mov": ("mov", "-c:v png"),
    "jpeg2000 mxf": ("mxf", "-c:v jpeg2000 -pix_fmt yuv422p10le"),
    "v210 mov": ("mov", "-c:v v210"),
    "raw yuv avi": ("avi", "-c:v rawvideo -pix_fmt yuv420p"),
    "raw bgr avi": ("avi", "-c:v rawvideo -pix_fmt bgr24"),
    "raw yuv422 nut": ("nut", "-c:v rawvideo -pix_fmt yuyv422"),
    "y4m": ("y4m", "-pix_fmt yuv420p"),
    "y4m 10 bit": ("y4m", "-pix_fmt yuv420p10le -strict -1"),
    "theora ogv": ("ogv", "-c:v libtheora -q:v 8"),
    "wmv1 asf": ("asf", "-c:v wmv1 -b:v 2M"),
    "wmv2 wmv": ("wmv", "-c:v wmv2 -b:v 2M"),
    "sorenson flv": ("flv", "-c:v flv -q:v 3"),
    "flash screen flv": ("flv", "-c:v flashsv"),
    "h263 3gp": ("3gp", "-s 352x288 -c:v h263 -q:v 3"),
    "svq1 mov": ("mov", "-c:v svq1 -q:v 3 -pix_fmt yuv410p"),
    "cinepak avi": ("avi", "-c:v cinepak -t 0.3"),
    "rv10 rm": ("rm", "-c:v rv10 -q:v 3"),
    "snow avi": ("avi", "-c:v snow -strict -2 -q:v 3"),
    "gif": ("gif", "-vf fps=12.5"),
    "webp moving": ("webp", "-c:v libwebp_anim -q:v 80 -loop 0 -t 1"),
    "apng": ("apng", "-plays 0 -t 1"),
    # Elementary streams, which carry no times.
    "raw h264": ("h264", X264),
    "raw h264 b-frames": ("264", "-c:v libx264 -bf 3"),
    "raw hevc": ("hevc", X265),
    "raw m2v": ("m2v", MPEG2),
    "raw m4v": ("m4v", "-c:v mpeg4 -q:v 3 -f m4v"),
    "raw mjpeg": ("mjpeg", "-c:v mjpeg -q:v 3"),
    "raw ivf vp8": ("ivf", "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 2M -t 1"),
    "raw av1 obu": ("obu", "-c:v libsvtav1 -preset 12 -crf 30"),
    # Interlaced.
    "interlaced h264 tff ts": ("ts", FIELDS + " " + TFF),
    "interlaced h264 tff mts": ("mts", FIELDS + " " + TFF + M2TS),
    "interlaced h264 bff mp4": ("mp4", FIELDS_BFF + " " + BFF),
    "interlaced mpeg2 tff mpg": ("mpg", FIELDS + " " + MPEG2 + " -flags +ilme+ildct"),
    "interlaced mpeg2 bff mxf": ("mxf", FIELDS_BFF + " " + MPEG2 + " -flags +ilme+ildct"),
    "interlaced mpeg2 422 ts": ("ts", FIELDS + " -flags +ilme+ildct -pix_fmt yuv422p " + MPEG2),
    "interlaced prores mov": ("mov", FIELDS + " -flags +ildct " + PRORES),
    "interlaced hevc fields ts": ("ts", FIELDS + " " + FIELDS_X265),
    "interlaced mjpeg avi": ("avi", FIELDS + " -c:v mjpeg -q:v 3"),
    "telecined mpeg2": ("mpg", TELECINE + MPEG2),
    # Sizes, shapes, depths.
    "odd size 321x241": ("mkv", "-vf scale=321:241 -c:v ffv1 -pix_fmt yuv444p"),
    "odd size h264 322x242": ("mp4", "-vf scale=322:242 " + X264),
    "odd size h264 444 321x241": ("mp4", "-vf scale=321:241 -c:v libx264 -pix_fmt yuv444p"),
    "wide pixels": ("mp4", "-vf scale=160:240,setsar=2/1 " + X264),
    "10 bit h264": ("mp4", "-c:v libx264 -pix_fmt yuv420p10le"),
    "12 bit ffv1": ("mkv", "-c:v ffv1 -pix_fmt yuv420p12le"),
    "full range": ("mp4", "-vf scale=out_range=full -c:v libx264 -pix_fmt yuvj420p"),
    "grey h264": ("mp4", "-c:v libx264 -pix_fmt gray"),
    "yuv422 h264": ("mkv", "-c:v libx264 -pix_fmt yuv422p"),
    "rgb h264": ("mkv", "-c:v libx264rgb -pix_fmt rgb24"),
    "alpha vp9": ("webm", VP9 + " -pix_fmt yuva420p"),
    "palette avi": ("avi", "-c:v rawvideo -pix_fmt pal8"),
    # Times.
    "rate 1": ("mp4", "-vf fps=1 " + X264),
    "rate 120": ("mp4", "-vf fps=120 -t 1.5 " + X264),
    "rate 23.976": ("mp4", "-vf fps=24000/1001 " + X264),
    "variable rate mp4": ("mp4", UNEVEN + X264),
    "variable rate mkv": ("mkv", "-vf setpts=(N+4*sin(N/5))/25/TB -fps_mode vfr " + X264),
    "late start ts": ("ts", X264 + " -output_ts_offset 4000"),
    "late start mp4": ("mp4", X264 + " -output_ts_offset 5"),
    "late start mkv": ("mkv", X264 + " -output_ts_offset 5"),
    "ts about to wrap": ("ts", X264 + " -output_ts_offset 95441.7"),
    "repeated times": ("nut", TWICE + "-c:v ffv1"),
    "fragmented mp4": ("mp4", X264 + " -g 12 -movflags frag_keyframe+empty_moov"),
    "dash-like mp4": ("mp4", X264 + " -g 12 -movflags dash+frag_keyframe+default_base_moof"),
    "moov first": ("mp4", X264 + " -movflags faststart"),
    "live mkv without length": ("mkv", X264 + " -live 1"),
    "flv without length": ("flv", X264 + " -flvflags no_duration_filesize"),
    "long gop": ("mp4", X264 + " -g 1000"),
    "black": ("mp4", "-vf drawbox=c=black:t=fill " + X264),
}  # fmt: skip


def ffmpeg(*words):
    """Run a real ffmpeg; its complaints are part of the error."""
    command = [FFMPEG, "-nostdin", "-y", "-loglevel", "error", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)}: {done.stderr.strip()[-500:]}")


def make_kind(name, room, folder):
    """Make a film of a kind in a folder, and return its path."""
    ending, words = KINDS[name]
    path = Path(folder) / f"{name.replace(' ', '-')}.{ending}"
    ffmpeg("-i", room, "-an", *shlex.split(words), path)
    return path
