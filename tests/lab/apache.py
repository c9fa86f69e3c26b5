"""Apache as management points: one virtual host for each site, chosen by address."""

import os

import topology

MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_gssapi", "headers", "lua",
           "mime", "rewrite", "setenvif", "socache_shmcb", "ssl")
MODULE_FOLDER = "/usr/lib/apache2/modules"
REQUEST = "/ccm_system_windowsauth/request"

# IIS' own words, shortened: what a report may quote and what a classifier may look for.
PAGE_403_7 = ("<h2>403 - Forbidden: Access is denied.</h2>"
              "<h3>HTTP Error 403.7 - Forbidden</h3><p>The page you are attempting to access "
              "requires your browser to have a Secure Sockets Layer (SSL) client certificate that "
              "the Web server recognizes.</p>")
PAGE_503 = ("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"\"http://www.w3.org/TR/html4/"
            "strict.dtd\"><HTML><HEAD><TITLE>Service Unavailable</TITLE></HEAD><BODY>"
            "<h2>Service Unavailable</h2><hr><p>HTTP Error 503. The service is unavailable.</p>"
            "</BODY></HTML>")

# A handler that answers 200 without a body to any method, as an MP answers an empty message.
EMPTY_ANSWER = "function handle(r)\n  return apache2.OK\nend\n"

MPLIST = """function handle(r)
  local name = r.hostname
  r.content_type = "text/xml"
  r:puts('<MPList><MP Name="' .. string.upper(string.match(name, "^[^.]*")) .. '" FQDN="' .. name ..
         '"><Version>9141</Version><Capabilities SchemaVersion="1.0"/></MP></MPList>')
  return apache2.OK
end
"""

NEGOTIATE = """
    <Location "{request}">
        AuthType GSSAPI
        AuthName "mp"
        GssapiCredStore keytab:{keytab}
        GssapiAllowedMech krb5
        Require valid-user
    </Location>
    LuaMapHandler "^{request}$" {folder}/empty.lua handle"""

MPLIST_HANDLER = """
    LuaMapHandler "^/SMS_MP/.sms_aut$" {folder}/mplist.lua handle"""

# The body of a virtual host, by the site's kind.
KINDS = {
    "mp": NEGOTIATE + MPLIST_HANDLER,
    "anonymous": """
    LuaMapHandler "^{request}$" {folder}/empty.lua handle""" + MPLIST_HANDLER,
    "ntlm": """
    Header always set WWW-Authenticate NTLM "expr=%{{REQUEST_STATUS}} == 401"
    RewriteEngine on
    RewriteRule "^{request}$" - [R=401]""" + MPLIST_HANDLER,
    # Apache would answer 501 to an unknown method for a missing file; IIS answers 404.
    "no-vdir": """
    RewriteEngine on
    RewriteRule "^{request}$" - [R=404]""" + MPLIST_HANDLER,
    "verb": """
    RewriteEngine on
    RewriteRule "^{request}$" - [R=405]
    Header always set Allow "GET, HEAD, OPTIONS, TRACE" "expr=%{{REQUEST_STATUS}} == 405"
    """ + MPLIST_HANDLER,
    "pki": """
    ErrorDocument 403 "{page_403}"
    RewriteEngine on
    RewriteRule .* - [F]""",
    "unavailable": """
    ErrorDocument 503 "{page_503}"
    RewriteEngine on
    RewriteRule "^{request}$" - [R=503]""" + MPLIST_HANDLER,
    "web": """
    RewriteEngine on
    RewriteRule "^/(ccm_system|SMS_MP)" - [R=404,NC]""",
}

MAIN = """ServerRoot {folder}
ServerName lab
PidFile {folder}/{name}.pid
Mutex pthread
ErrorLog {logs}/{name}.error.log
LogLevel warn auth_gssapi:info
LogFormat "%h %v \\"%r\\" %>s %b" lab
CustomLog {logs}/{name}.access.log lab
ServerTokens Prod
LimitRequestFieldSize 65536
StartServers 1
ThreadsPerChild 16
MaxRequestWorkers 32
ServerLimit 2
DocumentRoot {folder}/htdocs
TypesConfig /dev/null
<Directory />
    Require all granted
</Directory>
"""


def _escaped(page):
    return page.replace('"', '\\"')


def _virtual_host(site, port, folder, image):
    tls = ""
    if port == 443:
        base = os.path.join(image, "tls", site.name)
        tls = (f"    SSLEngine on\n    SSLCertificateFile {base}.crt\n"
               f"    SSLCertificateKeyFile {base}.key\n")
    body = KINDS[site.kind].format(
        request=REQUEST, folder=folder, page_403=_escaped(PAGE_403_7), page_503=_escaped(PAGE_503),
        keytab=os.path.join(image, "keytabs", site.keytab_name + ".keytab"))
    return (f"Listen {site.address}:{port}\n<VirtualHost {site.address}:{port}>\n"
            f"    ServerName {site.name}\n{tls}{body}\n</VirtualHost>\n")


def groups():
    """Sites by the clock of their server: one Apache for each, named web, web+10m, ..."""
    by_clock = {}
    for site in topology.SITES:
        if site.kind in KINDS:
            by_clock.setdefault(site.clock, []).append(site)
    return by_clock


def ports(site):
    return (80, 443) if site.https else (80,)


def configure(folder, image, logs):
    """Write the configuration of every Apache; returns (name, clock, path) of each."""
    os.makedirs(os.path.join(folder, "htdocs"))
    for name, text in (("empty.lua", EMPTY_ANSWER), ("mplist.lua", MPLIST),
                       ("htdocs/index.html", "<h1>It works!</h1>\n")):
        with open(os.path.join(folder, name), "w") as handle:
            handle.write(text)
    servers = []
    for clock, sites in groups().items():
        name = "web" + clock
        path = os.path.join(folder, name + ".conf")
        with open(path, "w") as handle:
            handle.writelines(f"LoadModule {module}_module {MODULE_FOLDER}/mod_{module}.so\n"
                              for module in MODULES)
            handle.write(MAIN.format(folder=folder, logs=logs, name=name))
            handle.writelines(_virtual_host(site, port, folder, image)
                              for site in sites for port in ports(site))
        servers.append((name, clock, path))
    return servers


def command(path):
    return ["apache2", "-DFOREGROUND", "-f", path]
