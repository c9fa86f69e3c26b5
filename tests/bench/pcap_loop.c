/* SPDX-License-Identifier: Apache-2.0 */
/* The least that a program can do with a capture: pcap_loop FILE counts its frames and bytes. */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int count, char **arguments)
{
    unsigned long long frames = 0;
    unsigned long long bytes = 0;
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const unsigned char *data;
    pcap_t *pcap;

    if (count != 2 || !(pcap = pcap_open_offline(arguments[1], error))) {
        fprintf(stderr, "pcap_loop: %s\n", count != 2 ? "which file?" : error);
        return 1;
    }
    while (pcap_next_ex(pcap, &header, &data) == 1) {
        frames++;
        bytes += header->caplen + (data[0] == 0xff);
    }
    printf("%llu frames %llu bytes\n", frames, bytes);
    pcap_close(pcap);
    return 0;
}
