#!/bin/sh
# A real Asterisk 22 for `npm run test:asterisk`, in a chroot of its own from Debian sid (about a minute, 300 MB), configured to connect out
# to the adapter. Root is needed (mmdebstrap and chroot). Nothing of it listens but SIP and RTP on 127.0.0.1.
#
# install.sh [ROOT] [COMMAND]
#   ROOT     the chroot (default /var/lib/strowger-asterisk)
#   COMMAND  install   make the chroot, and install SIPp, if they are not there yet
#            config    write the configuration (always rewritten)
#            start     start Asterisk in the background, wait until it is up; prints the pid
#            run       exec Asterisk in the foreground (the caller owns the process)
#            stop      stop the Asterisk that this script started, by its pid file
#            status    pid and version
#            cli ...   one command of Asterisk's command line
#            up        install + config + start (default)
# Settings from the environment:
#   WS_URL   where Asterisk connects (ws://127.0.0.1:17760/asterisk)
#   WS_USER, WS_PASSWORD   HTTP Basic credentials that it sends (asterisk / strowger-test)
#   APP      Stasis application (strowger)
#   SIP_PORT UDP port on 127.0.0.1 (17060)
#   PHONES   telephones of agents, name:port each ("ann:17081 bob:17082 cem:17083 dana:17084")
#   PASSES_ON  telephones registered here that other switches reach by way of this one ("")
#   CARRIER_PORT  where numbers outside are called (17089)
#   RTP_FROM, RTP_TO       RTP port range (18000-18399)
#   INSTANCE a name of its own, for one beside another from the same chroot: configuration, run, log and database folders of its own (none)
#   PIDFILE  (/run/strowger-asterisk.pid)
#   MIRROR, SUITE  (the mirror that apt is set up with, sid)
set -eu

ROOT=${1:-/var/lib/strowger-asterisk}
[ $# -gt 0 ] && shift
CMD=${1:-up}
[ $# -gt 0 ] && shift
case $ROOT in /?*) ;; *) echo "ROOT must be an absolute path, not /" >&2; exit 2 ;; esac

WS_URL=${WS_URL:-ws://127.0.0.1:17760/asterisk}
WS_USER=${WS_USER:-asterisk}
WS_PASSWORD=${WS_PASSWORD:-strowger-test}
APP=${APP:-strowger}
SIP_PORT=${SIP_PORT:-17060}
PHONES=${PHONES:-ann:17081 bob:17082 cem:17083 dana:17084}
PASSES_ON=${PASSES_ON:-}
CARRIER_PORT=${CARRIER_PORT:-17089}
RTP_FROM=${RTP_FROM:-18000}
RTP_TO=${RTP_TO:-18399}
PIDFILE=${PIDFILE:-/run/strowger-asterisk.pid}
SUITE=${SUITE:-sid}
# Inside the chroot.
OF=${INSTANCE:+-$INSTANCE}
ETC=/etc/strowger-asterisk$OF
RUN=/run/asterisk$OF
LOG=/var/log/asterisk$OF
DB=/var/lib/asterisk$OF
PACKAGES=asterisk,asterisk-modules,asterisk-moh-opsound-wav

log() { echo "install.sh: $*" >&2; }

# From what apt knows, and with a fresh list where that is too old.
apt_install() {
    apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update >/dev/null && apt-get install -y --no-install-recommends "$@" >/dev/null; }
}

do_install() {
    command -v sipp >/dev/null 2>&1 || apt_install sip-tester
    if [ -x "$ROOT/usr/sbin/asterisk" ] && [ -e "$ROOT/.strowger-installed" ]; then
        log "already installed in $ROOT"
        return 0
    fi
    if [ -e "$ROOT" ] && [ -n "$(ls -A "$ROOT" 2>/dev/null)" ]; then
        log "$ROOT exists and was not made by this script: remove it or name another"; exit 1
    fi
    command -v mmdebstrap >/dev/null 2>&1 || apt_install mmdebstrap
    # Asked here alone: apt takes a second to say it, and whoever looks at Asterisk looks often.
    MIRROR=${MIRROR:-$(apt-get indextargets --format '$(SITE)' | grep -v security | head -n 1)}
    rm -rf "$ROOT.new"
    start=$(date +%s)
    # --variant=apt: apt and essential packages only; no Recommends.
    # The asterisk user gets uid 7060 beforehand: the package would take the
    # first free system uid of the chroot, which on the host is someone else's
    # (postgres, on the machine this was written on).
    # Check-Valid-Until off: sid's Release file is valid for a week, and a
    # machine's clock (or the mirror's copy) can be further off than that.
    mmdebstrap --quiet --mode=root --variant=apt --include="$PACKAGES" \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        --aptopt='APT::Install-Recommends "false"' \
        --aptopt='Acquire::Languages "none"' \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        --aptopt='Acquire::Check-Date "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --essential-hook='printf "asterisk:x:7060:7060::/var/lib/asterisk:/usr/sbin/nologin\\n" >> "$1/etc/passwd"; printf "asterisk:x:7060:\\n" >> "$1/etc/group"; printf "asterisk:!:20000::::::\\n" >> "$1/etc/shadow"' \
        "$SUITE" "$ROOT.new" "$MIRROR"
    chroot "$ROOT.new" asterisk -V > "$ROOT.new/.strowger-installed"
    rmdir "$ROOT" 2>/dev/null || true
    mkdir -p "$(dirname "$ROOT")"
    mv -T "$ROOT.new" "$ROOT"
    log "$(cat "$ROOT/.strowger-installed") in $ROOT: $(($(date +%s) - start)) s, $(du -sm "$ROOT" | cut -f1) MB"
}

conf() { cat > "$ROOT$ETC/$1"; }

do_config() {
    mkdir -p "$ROOT$ETC"
    conf asterisk.conf <<E
[directories](!)
[directories]
astetcdir => $ETC
astmoddir => /usr/lib/x86_64-linux-gnu/asterisk/modules
astvarlibdir => /var/lib/asterisk
astdbdir => $DB
astkeydir => /var/lib/asterisk
astdatadir => /usr/share/asterisk
astagidir => /usr/share/asterisk/agi-bin
astspooldir => /var/spool/asterisk
astrundir => $RUN
astlogdir => $LOG
astsbindir => /usr/sbin
[options]
systemname = strowger-test
verbose = 3
documentation_language = en_US
E
    {   echo "[modules]"; echo "autoload = no"
        for m in res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb; do
            echo "preload = $m.so"
        done
        for m in \
            res_http_websocket res_websocket_client \
            res_stasis res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop res_stasis_device_state \
            res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels \
            res_ari_device_states res_ari_endpoints res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds \
            app_stasis app_dial pbx_config func_callerid func_channel func_hangupcause \
            res_musiconhold bridge_simple bridge_softmix bridge_native_rtp bridge_holding chan_bridge_media \
            codec_ulaw codec_alaw codec_gsm codec_g722 codec_resample \
            format_wav format_gsm format_pcm format_sln \
            chan_websocket res_rtp_asterisk \
            res_pjproject res_pjsip res_pjsip_pubsub res_pjsip_session res_pjsip_sdp_rtp chan_pjsip res_pjsip_logger \
            res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_endpoint_identifier_anonymous \
            res_pjsip_caller_id res_pjsip_nat res_pjsip_acl res_pjsip_rfc3326 res_pjsip_dtmf_info \
            res_pjsip_header_funcs res_pjsip_dlg_options res_pjsip_authenticator_digest res_pjsip_registrar
        do echo "load = $m.so"; done
    } | conf modules.conf
    conf logger.conf <<E
[general]
dateformat = %F %T.%3q
[logfiles]
messages.log => notice,warning,error,verbose
E
    # The inbound HTTP server is off: Asterisk only connects out.
    conf http.conf <<E
[general]
enabled = no
E
    conf ari.conf <<E
[general]
enabled = yes
pretty = no
websocket_write_timeout = 1000

[strowger-local]
type = user
read_only = no
password = not-used-$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')

[strowger-out]
type = outbound_websocket
websocket_client_id = strowger-server
apps = $APP
subscribe_all = no
local_ari_user = strowger-local
E
    conf websocket_client.conf <<E
[strowger-server]
type = websocket_client
connection_type = persistent
uri = $WS_URL
protocols = ari
username = $WS_USER
password = $WS_PASSWORD
connection_timeout = 1000
reconnect_interval = 500
reconnect_attempts = 10
tls_enabled = no
E
    conf pjsip.conf <<E
[global]
type = global
endpoint_identifier_order = ip,username,anonymous

[udp]
type = transport
protocol = udp
bind = 127.0.0.1:$SIP_PORT

[anonymous]
type = endpoint
context = inbound
transport = udp
disallow = all
allow = ulaw,alaw
dtmf_mode = auto_info
direct_media = no
rtp_symmetric = yes
media_address = 127.0.0.1
bind_rtp_to_media_address = yes

[agent](!)
type = endpoint
context = inbound
transport = udp
disallow = all
allow = ulaw,alaw
direct_media = no
rtp_symmetric = yes
media_address = 127.0.0.1
bind_rtp_to_media_address = yes

[carrier](agent)
aors = carrier
[carrier]
type = aor
contact = sip:127.0.0.1:$CARRIER_PORT

; The same, where silence is noticed.
[mobile](agent)
aors = carrier
rtp_timeout = 2

$(for phone in $PHONES; do
    printf '[%s](agent)\naors = %s\n[%s]\ntype = aor\ncontact = sip:%s@127.0.0.1:%s\n\n' \
        "${phone%:*}" "${phone%:*}" "${phone%:*}" "${phone%:*}" "${phone#*:}"
done)
E
    conf rtp.conf <<E
[general]
rtpstart = $RTP_FROM
rtpend = $RTP_TO
icesupport = no
E
    # While the adapter has never been there Stasis() fails at once; the loop keeps the
    # caller in (unanswered) and offers the call again once a second.
    conf extensions.conf <<E
[general]
static = yes
writeprotect = yes

[inbound]
$(for phone in $PASSES_ON; do printf 'exten => %s,1,Dial(PJSIP/%s,60)\n' "$phone" "$phone"; done)
exten => _[+0-9a-zA-Z].,1,Set(TRIES=0)
 same => n(offer),Stasis($APP)
 same => n,GotoIf(\$["\${STASISSTATUS}" != "FAILED"]?done)
 same => n,Set(TRIES=\$[\${TRIES} + 1])
 same => n,GotoIf(\$[\${TRIES} >= 30]?done)
 same => n,Wait(1)
 same => n,Goto(offer)
 same => n(done),Hangup()
E
    conf musiconhold.conf <<E
[default]
mode = files
directory = moh
E
    for f in chan_websocket.conf cdr.conf cel.conf features.conf stasis.conf sorcery.conf pjproject.conf indications.conf ccss.conf udptl.conf acl.conf dnsmgr.conf manager.conf; do
        : | conf $f
    done
    printf '[general]\nenable = no\n' | conf cdr.conf
    printf '[general]\nenabled = no\n' | conf manager.conf
    printf '[general]\nenable = no\n' | conf cel.conf
    printf '[general]\ncountry = us\n[us]\ndescription = United States\nringcadence = 2000,4000\ndial = 350+440\nbusy = 480+620/500,0/500\nring = 440+480/2000,0/4000\ncongestion = 480+620/250,0/250\n' | conf indications.conf
    mkdir -p "$ROOT/var/spool/asterisk/recording" "$ROOT$LOG" "$ROOT$DB"
    chroot "$ROOT" chown -R asterisk:asterisk "$ETC" "$LOG" "$DB" /var/spool/asterisk/recording
    chmod 0750 "$ROOT$ETC"
}

alive() { [ -s "$PIDFILE" ] && pid=$(cat "$PIDFILE") && [ "$(readlink "/proc/$pid/root" 2>/dev/null)" = "$(readlink -f "$ROOT")" ] && kill -0 "$pid" 2>/dev/null; }

asterisk_exec() {
    mkdir -p "$ROOT$RUN" && chroot "$ROOT" chown asterisk:asterisk "$RUN"
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/var/lib/asterisk \
        chroot --userspec=asterisk:asterisk "$ROOT" /usr/sbin/asterisk -f -C "$ETC/asterisk.conf"
}

cli() { chroot "$ROOT" /usr/sbin/asterisk -C "$ETC/asterisk.conf" -rx "$*"; }

do_start() {
    if alive; then log "already running, pid $pid"; echo "$pid"; return 0; fi
    ( asterisk_exec ) </dev/null >"$ROOT$LOG/stdout.log" 2>&1 &
    pid=$!
    echo "$pid" > "$PIDFILE"
    i=0
    until cli core waitfullybooted 2>/dev/null | grep -q 'fully booted'; do
        i=$((i + 1))
        kill -0 "$pid" 2>/dev/null || { log "Asterisk ended; see $ROOT$LOG"; rm -f "$PIDFILE"; exit 1; }
        [ $i -ge 150 ] && { log "not up after 30 s"; exit 1; }
        sleep 0.2
    done
    echo "$pid"
}

do_stop() {
    if ! alive; then log "not running"; rm -f "$PIDFILE"; return 0; fi
    kill -TERM "$pid"
    i=0
    while kill -0 "$pid" 2>/dev/null && [ $i -lt 50 ]; do i=$((i + 1)); sleep 0.2; done
    kill -0 "$pid" 2>/dev/null && kill -KILL "$pid"
    rm -f "$PIDFILE"
}

case $CMD in
    install) do_install ;;
    config)  do_config ;;
    start)   do_start ;;
    run)     asterisk_exec ;;
    stop)    do_stop ;;
    status)  if alive; then echo "running, pid $pid"; cli core show version; else echo "not running"; exit 1; fi ;;
    cli)     cli "$@" ;;
    up)      do_install; do_config; do_start ;;
    *)       sed -n '5,15p' "$0" >&2; exit 2 ;;
esac
