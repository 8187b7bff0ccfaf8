"""The text that stored reports are deflated with: what most of them have in common, the most common last.

It is part of what is stored, so that not a letter of it may ever change: no report could be read any more. A better
one would be a second constant, for a new form of `webapp.reports.codec`.
"""

from __future__ import annotations

DICTIONARY = (
    b'{"code":"truncated","params":{}}{"code":"name-servers-shown","params":{"count":"outcome":"TIMEOU'
    b'T","outcome":"SERVFAIL","outcome":"REFUSED","outcome":"NOT_ASKED","outcome":"LAME","reason":"res'
    b'olver-silent","reason":"parent-suffix","reason":"domain-missing","params":{"asked_in":""verdict"'
    b':"PARENT_UNREACHABLE","verdict":"DELEGATION_PARTIAL","verdict":"DELEGATION_MIXED","transient":tr'
    b'ue,"who_acts":"we","who_acts":"you","transport":"udp","ttl":86400},"ttl":172800},"ttl":900},.ns.'
    b'cloudflare.com",".domaincontrol.com",".gandi.net",".ui-dns.com",".registrar-servers.com",".gtld-'
    b'servers.net","a.gtld-servers.net","192.5.6.30","com NS","net NS","org NS",{"address":"127.0.0.1:'
    b'53","authoritative":false,"dig":"dig @127.0.0.1 "authoritative":true,"dig":"dig +norecurse @ns1.'
    b' SOA","name_servers":[],"outcome":"NXDOMAIN","question":" SOA","name_servers":[],"outcome":"NXDO'
    b'MAIN","question":"\\u0000. A","name_servers":[],"outcome":"NOERROR","question":"ns-1.awsdns-00.co'
    b'm A","role":"resolver","server":" AAAA","name_servers":[],"outcome":"NODATA","question":" AAAA",'
    b'"role":"resolver","server":"{"asked":[{"address":"2600:9000:5300::1","authoritative":false,"dig"'
    b':"dig +norecurse +tcp @","name_servers":["ns1.","ns2."],"outcome":"REFERRAL","question":" NS","r'
    b'ole":"above","server":"ns1.","transport":"tcp","ttl":3600},{"address":"205.251.19","authoritativ'
    b'e":true,"dig":"dig +norecurse @ns- NS","name_servers":["ns-1.awsdns-00.com","ns-1024.awsdns-00.o'
    b'rg","ns-1536.awsdns-00.co.uk","ns-512.awsdns-00.net"],"outcome":"NOERROR","question":"chat.examp'
    b'le.com NS","role":"ours","server":"ns-1.awsdns-00.com","transport":"udp","ttl":172800},{"address'
    b'":"205.251.196.1","authoritative":true,"dig":"dig +norecurse @ns- SOA","name_servers":[],"outcom'
    b'e":"NOERROR","question":"chat.example.com SOA","role":"ours","server":"ns-","transport":"tcp","t'
    b'tl":900},{"address":"","authoritative":true,"dig":"dig +norecurse +tcp @ns1. DS","name_servers":'
    b'[],"outcome":"NODATA","question":"chat.example.com DS","role":"parent","server":"ns1. NS","name_'
    b'servers":["ns-","outcome":"REFERRAL","question":"chat.example.com NS","role":"parent","server":"'
    b'ns2.","transport":"tcp","ttl":300},{"address":"127.0.0.1:53","authoritative":false,"dig":"dig @1'
    b'27.0.0.1  NS","name_servers":["ns1.","outcome":"NOERROR","question":"example.com NS","role":"res'
    b'olver","server":"127.0.0.1:53","transport":"udp"},{"address":"127.0.0.1:53","authoritative":fals'
    b'e,"dig":"dig @127.0.0.1 ns-1.awsdns-00.com A","name_servers":[],"outcome":"NOERROR","question":"'
    b'ns-1.awsdns-00.com A","role":"resolver","server":"127.0.0.1:53","transport":"udp"}],"rest":{"del'
    b'egations":{"example.com":["ns1.","ns2."]},"expected":["ns-1.awsdns-00.com",""],"found":["ns-1.aw'
    b'sdns-00.com","ns-1024.awsdns-00.org","ns-1536.awsdns-00.co.uk","ns-512.awsdns-00.net"],"hints":['
    b'],"host":"chat.example.com","missing":["ns-1.awsdns-00.com","ns-1024.awsdns-00.org","missing":[]'
    b',"params":{},"parent_zone":"example.com","reason":"","relative_name":"chat","transient":false,"u'
    b'nexpected":[],"verdict":"NOT_DELEGATED","who_acts":"you"}},"unexpected":[],"verdict":"VERIFIED",'
    b'"who_acts":"nobody"}}{"seen":{"asked":[],"measured":{"asked":[[1],[1,300],[2],[3],[12,60],[24,36'
    b'00],[35,86400]],"checked_at":"2026-11-26T00:00:00.000000+00:00","duration_ms":120,"old_answers_u'
    b'ntil":null,"order":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}'
)
