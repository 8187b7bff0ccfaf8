"""Suffixes and domains of companies, below which a customer has no zone, and those private suffixes that delegate.

The private part of the Public Suffix List has both. Below github.io and vercel.app a customer gets a web page and no
zone, so only the owner of the suffix can add NS records there. Below eu.org and uk.com anybody gets a delegation, as
from a registry. The list does not tell the two apart, so those known to delegate stand here. A suffix that is missed
here is opened with EXTRA_SUFFIXES_ALLOWED.
"""

from __future__ import annotations

import re

from webapp.dns.names import reserved
from webapp.dns.names.reserved import at_or_below

#: By who runs them. The source is the operator's own page, which the Public Suffix List names beside the suffix.
_DELEGATING = {
    "EU.org, only NS records (nic.eu.org)": "eu.org",
    "deSEC, every name is a zone (desec.io)": "dedyn.io",
    "CentralNic (teaminternet.com)": (
        "za.bz br.com cn.com de.com eu.com jpn.com mex.com ru.com sa.com uk.com us.com za.com com.de gb.net hu.net "
        "jp.net se.net uk.net ae.org com.se"
    ),
    "other registries of domains at the second level": (
        "africa.com co.com gr.com it.com hk.com inc.hk ltd.hk hk.org us.org ngo.us 4u.com in.net web.in "
        "jozi.biz orx.biz radio.am radio.fm co.ca co.nl co.no co.cz co.de co.pl co.bn co.ro shop.ro co.krd edu.krd "
        "ir.md gv.uy rs.ba priv.at info.cx ae.kg nyc.mn cn.st can.re za.net za.org name.pm sch.tf biz.wf sch.wf "
        "org.yt graphic.design biz.dk co.dk firm.dk reg.dk store.dk conn.uk copro.uk hosp.uk co.scot me.scot "
        "org.scot online.th shop.th ec.cc eu.cc gu.cc uk.cc us.cc aus.basketball nz.basketball"
    ),
    "second levels of .ua (1gb.ua, drs.ua, v.ua)": "cc.ua inf.ua ltd.ua biz.ua co.ua pp.ua v.ua",
    "second levels of .ng (hostbip.com)": "biz.ng col.ng firm.ng gen.ng ltd.ng ngo.ng plc.ng",
    "co.place and its like (lifetime.hosting)": (
        "co.business co.education co.events co.financial co.network co.place co.technology"
    ),
    "second levels of .ru and .su (faitid.org, msk-ix.ru, cctld.ru)": (
        "ru.net net.ru org.ru pp.ru ac.ru edu.ru gov.ru int.ru mil.ru adygeya.ru bashkiria.ru bir.ru cbg.ru com.ru "
        "dagestan.ru grozny.ru kalmykia.ru kustanai.ru marine.ru mordovia.ru msk.ru mytis.ru nalchik.ru nov.ru "
        "pyatigorsk.ru spb.ru vladikavkaz.ru vladimir.ru su"
    ),
    "second levels of .рус (rusnames.ru)": "xn--p1acf",
    "regions of .pl (nask.pl, task.gda.pl, man.lodz.pl, lubman.pl, man.torun.pl, dns.bielsko.pl)": (
        "art.pl gliwice.pl krakow.pl poznan.pl wroc.pl zakopane.pl gda.pl gdansk.pl gdynia.pl med.pl sopot.pl "
        "lodz.pl pabianice.pl plock.pl sieradz.pl skierniewice.pl zgierz.pl krasnik.pl leczna.pl lubartow.pl "
        "lublin.pl poniatowa.pl swidnik.pl torun.pl bielsko.pl"
    ),
    "former second levels of .fr (smallregistry.net)": (
        "aeroport.fr avocat.fr chambagri.fr chirurgiens-dentistes.fr experts-comptables.fr medecin.fr notaires.fr "
        "pharmacien.fr port.fr veterinaire.fr"
    ),
    "governments": (
        "service.gov.uk campaign.gov.uk api.gov.uk independent-commission.uk independent-inquest.uk "
        "independent-inquiry.uk independent-panel.uk independent-review.uk public-inquiry.uk royal-commission.uk "
        "gov.scot mygov.scot gov.nl leg.br wa.us"
    ),
    "free domains that are delegated (digitalplat.org, netlib.re), or are on request (is-a.dev)": (
        "dpdns.org qzz.io us.kg xx.kg netlib.re is-a.dev"
    ),
    "free zones, NS records included (cloudns.net)": (
        "cloudns.asia cloudns.be cloudns.biz cloudns.cc cloudns.ch cloudns.cl cloudns.club cloudns.cx cloudns.eu "
        "cloudns.in cloudns.info cloudns.nz cloudns.org cloudns.ph cloudns.pro cloudns.pw cloudns.us cloud-ip.biz "
        "cloud-ip.cc abrdns.com dnsabr.com ip-ddns.com ddns-ip.net dns-cloud.net dns-dynamic.net ip-dynamic.org"
    ),
}
_DELEGATING_SUFFIXES = frozenset(name for names in _DELEGATING.values() for name in names.split())

#: Domains of hosting and CDN companies whose customers get names below them, and which the list does not have.
_COMPANIES = {
    "clouds and databases": (
        "amazonaws.com azure.com windows.net azurecontainerapps.io azuredatabricks.net azurecr.io onmicrosoft.com "
        "sharepoint.com googleusercontent.com firebaseio.com page.link koyeb.app mongodb.net snowflakecomputing.com"
    ),
    "content delivery and tunnels": (
        "fastly.net cloudflare.com cloudflareaccess.com incapdns.net impervadns.net b-cdn.net kxcdn.com llnwd.net "
        "llnwi.net cdn77.org cachefly.net footprint.net kinstacdn.com stackpathdns.com stackpathcdn.com "
        "azionedge.net herokudns.com herokussl.com herokuspace.com vercel-dns.com netlify.com loca.lt nip.io sslip.io"
    ),
    "sites and shops": (
        "wordpress.com wpcomstaging.com wpengine.com kinsta.cloud cloudwaysapps.com acsitefactory.com "
        "magentocloud.com tumblr.com weebly.com squarespace.com webflow.com wixdns.net ghost.io substack.com "
        "godaddysites.com myftpupload.com hostingersite.com hostingerapp.com 000webhostapp.com "
        "infinityfreeapp.com jimdosite.com jimdofree.com webnode.page zohosites.com strikingly.com "
        "mystrikingly.com bigcartel.com mybigcommerce.com canva.site mintlify.app github.dev glitch.me"
    ),
    "customers' desks": (
        "hs-sites.com hubspotpagebuilder.com zendesk.com freshdesk.com helpscoutdocs.com intercom.help "
        "atlassian.net salesforce.com salesforce-sites.com force.com site.com"
    ),
}
_COMPANY_DOMAINS = frozenset(name for names in _COMPANIES.values() for name in names.split())
#: The domains of the name servers of Route 53. Who copies a value from our page into the field types one of these.
_NAME_SERVERS = re.compile(r"awsdns-[0-9]{2}\.(?:com|net|org|co\.uk)")


def delegates(suffix: str) -> bool:
    """Whether names below a public suffix get zones of their own: below a registry's, and a few of companies."""
    return reserved.is_run_by_a_registry(suffix) or any(
        at_or_below(suffix, one) for one in _DELEGATING_SUFFIXES
    )


def company_domain(name: str) -> str | None:
    """The suffix or domain at or above a name below which only its owner, a company, can add records; or None."""
    suffix, domain = reserved.public_suffix(name), reserved.registrable(name)
    if suffix and not delegates(suffix):
        # The rule *.awsapprunner.com makes a suffix of every name there, of which the company is the owner.
        return suffix if suffix != name else reserved.registered(name)
    return domain if domain in _COMPANY_DOMAINS or (domain and _NAME_SERVERS.fullmatch(domain)) else None
