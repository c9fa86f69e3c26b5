"""smb.conf of a domain controller. Apart from domains.py because that takes Samba's libraries."""

import os

import topology


ALL_SERVICES = ("rpc", "ldap", "cldap", "kdc", "dns")


def write(forest, folder, tls, services=ALL_SERVICES, address=None):
    """Configure the DC whose databases are below `folder`; `tls` holds its certificate."""
    address = address or forest.dc_address
    path = os.path.join(folder, "smb.conf")
    certificate = os.path.join(tls, forest.dc_fqdn)
    with open(os.path.join(folder, "krb5.conf"), "w") as handle:
        handle.write(f"[libdefaults]\n    default_realm = {forest.realm}\n"
                     "    dns_lookup_realm = false\n    dns_lookup_kdc = false\n")
    with open(path, "w") as handle:
        handle.write(f"""[global]
    realm = {forest.realm}
    workgroup = {forest.flat}
    netbios name = {forest.dc.upper()}
    server role = active directory domain controller
    server services = {', '.join(services)}
    interfaces = {address}/{topology.PREFIX_LENGTH} 127.0.0.1
    bind interfaces only = yes
    dns forwarder = {topology.RESOLVER}
    allow dns updates = disabled
    # FAST would hide the KDC's errors from a capture.
    kdc enable fast = no
    # As AD: signed and sealed on port 389, neither below TLS.
    ldap server require strong auth = allow_sasl_over_tls
    tls enabled = yes
    tls keyfile = {certificate}.key
    tls certfile = {certificate}.crt
    tls cafile = {tls}/ca.crt
    # Every folder is private: the machine may run a Samba of its own.
    private dir = {folder}/private
    state directory = {folder}/state
    cache directory = {folder}/cache
    lock directory = {folder}/lock
    pid directory = {folder}/run
    ncalrpc dir = {folder}/run/ncalrpc
    binddns dir = {folder}/bind-dns
    winbindd socket directory = {folder}/run/winbindd
    ntp signd socket directory = {folder}/run/ntp
    log file = {folder}/log.%m
    log level = 1
[sysvol]
    path = {folder}/state/sysvol
[netlogon]
    path = {folder}/state/sysvol/{forest.domain}/scripts
""")
    return path
