# SPDX-License-Identifier: Apache-2.0
# What tests/bench/read_iis.c prints, by a script as administrators write it.
$4 == "CCM_POST" {
    client = $9
    if (!(client in count)) {
        order[++clients] = client
        first[client] = NR
    }
    count[client]++
    last[client] = NR
    if ($12 == 403) {
        certificate[client] = 1
    } else if ($5 == "/ccm_system_windowsauth/request") {
        if ($12 == 401) {
            refused[client] = 1
        } else if ($8 ~ /\$$/) {
            computer[client] = 1
        } else if ($8 != "-") {
            user[client] = 1
        }
    } else if ($12 == 200 && $8 == "-") {
        anonymous[client] = 1
    }
}
END {
    for (i = 1; i <= clients; i++) {
        client = order[i]
        outcome = client in computer ? "computer" : client in user ? "user" : \
            client in certificate ? "certificate" : client in anonymous ? "anonymous" : \
            client in refused ? "refused" : "other"
        print client, outcome, count[client], first[client], last[client]
    }
}
