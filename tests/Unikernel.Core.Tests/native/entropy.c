// sources:
// The generator's core against RFC 8439, 2.3.2: the file is included so that its static functions can be
// called.
#include "check.h"
#include <stdint.h>

static uint64_t fake_flags(void) {
    return 0;
}
#define CORE_H
#include <stddef.h>
#define irq_save fake_flags
#define irq_restore(flags) (void)(flags)
void entropy_init(void);
void entropy_fill(void *buffer, size_t length);
#define CPU_H
static struct { bool rdseed, rdrand; } cpu_features;
static uint64_t rdtsc(void) {
    static uint64_t now;
    return now += 977;
}
static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d) {
    (void)subleaf;
    *a = *b = *c = *d = leaf;
}
#include "console/entropy.c"

static void block_of_rfc_8439(void) {
    // The RFC's nonce and counter differ in layout: words 12-15 are its 1, 09000000, 4a000000, 0. Ours are
    // the counter and zeros, so this takes the test vector of draft-strombergson-chacha-test-vectors, TC1:
    // key, nonce and counter zero, 20 rounds.
    static const uint8_t expected[32] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a,
                                         0xe5, 0x53, 0x86, 0xbd, 0x28, 0xbd, 0xd2, 0x19, 0xb8, 0xa0, 0x8d,
                                         0xed, 0x1a, 0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7};
    uint32_t block[16];
    memset(key, 0, sizeof key);
    block_counter = 0;
    chacha20_block(block);
    CHECK(!memcmp(block, expected, sizeof expected));
}

static void output_does_not_repeat(void) {
    uint8_t a[100], b[100];
    entropy_fill(a, sizeof a);
    entropy_fill(b, sizeof b);
    CHECK(memcmp(a, b, sizeof a));
    CHECK(memcmp(a, a + 32, 32)); // between blocks of one request, too
}

static void the_key_is_replaced(void) {
    uint32_t before[8];
    memcpy(before, key, sizeof before);
    uint8_t byte;
    entropy_fill(&byte, 1);
    CHECK(memcmp(before, key, sizeof before));
}

static void bytes_are_spread(void) {
    enum { COUNT = 256 * 400 };
    static uint8_t bytes[COUNT];
    unsigned histogram[256] = {0};
    entropy_fill(bytes, sizeof bytes);
    for (int i = 0; i < COUNT; i++)
        histogram[bytes[i]]++;
    double chi = 0; // 255 degrees of freedom: 400 is beyond one chance in 10^8; the fake clock makes every
                    // run the same
    for (int i = 0; i < 256; i++)
        chi += (histogram[i] - 400.0) * (histogram[i] - 400.0) / 400.0;
    CHECK(chi < 400);
}

int main(void) {
    RUN(block_of_rfc_8439);
    RUN(output_does_not_repeat);
    RUN(the_key_is_replaced);
    RUN(bytes_are_spread);
    return check_failures != 0;
}
