#!/bin/sh
# Registers a host name by the API of Nameplate, prints the records that its owner adds, and waits until it is verified.
#
#   NAMEPLATE_URL=https://nameplate.example NAMEPLATE_API_KEY=npk_live_… ./register.sh NAME [LLM_CLIENT_ID]
#
# Doing it twice changes nothing. It needs curl and jq. It ends with 0 when the name is verified, with 1 when it is not
# after WAIT_SECONDS (3600), and with 2 when the API refused something.
set -eu

name=${1:?NAME is missing}
client=${2:-null}
left=${WAIT_SECONDS:-3600}
pause=${PAUSE_SECONDS:-15}

# ask METHOD PATH [BODY] prints the answer, or ends with what the API said. The key goes in by a file that curl reads
# from its input: every user of the machine can read the arguments of a program.
ask() {
    answer=$(printf 'header = "Authorization: Bearer %s"\n' "$NAMEPLATE_API_KEY" |
        curl --silent --show-error --config - --request "$1" --header 'Content-Type: application/json' \
            ${3:+--data "$3"} --write-out '\n%{http_code}' "$NAMEPLATE_URL/api/v1$2")
    status=$(printf '%s' "$answer" | tail -n 1)
    answer=$(printf '%s' "$answer" | sed '$d')
    case $status in
    2*) printf '%s\n' "$answer" ;;
    *)
        printf '%s\n' "$answer" | jq --raw-output '"\(.detail) (code: \(.code), request: \(.request_id))"' >&2
        return 2
        ;;
    esac
}

body=$(jq --null-input --arg name "$name" --argjson client "$client" '{domain_name: $name, llm_client_id: $client}')
domain=$(ask POST /domains "$body")
id=$(printf '%s' "$domain" | jq .id)

shown=
while :; do
    domain=$(ask GET "/domains/$id")
    # The records are there once our side is ready, and until they are right they may still change.
    records=$(printf '%s' "$domain" | jq --raw-output '.records[] | "\(.name) \(.type) \(.value)"')
    if [ -n "$records" ] && [ "$records" != "$shown" ]; then
        printf '%s\n' "Add these records at the DNS provider:" "$records"
        shown=$records
    fi
    if [ "$(printf '%s' "$domain" | jq .is_verified)" = true ]; then
        echo "$name is verified."
        exit 0
    fi
    if [ "$left" -le 0 ]; then
        printf '%s' "$domain" | jq --raw-output '"\(.headline). \(.next_step)"' >&2
        exit 1
    fi
    # Nameplate checks by itself as well; a refusal says that it was asked a moment ago.
    ask POST "/domains/$id/checks" '{}' >/dev/null 2>&1 || :
    sleep "$pause"
    left=$((left - pause))
done
