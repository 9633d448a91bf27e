// QEMU TCG plugin: counts executed guest instructions and remembers the count at which a marker line was in the serial log.
//
//   qemu-system-x86_64 ... -serial file:LOG -plugin icount.so,out=COUNTS,log=LOG,mark=Hello,_World   (_ stands for a blank)
//
// COUNTS then holds two little-endian uint64, live: instructions so far (the difference over N requests divided by N is the
// cost of one), and instructions until the marker (0: not seen). Firmware is included; idle time costs nothing.
// With blocks=FILE the counts of all blocks of code until the marker are written there, a line `ADDRESS INSTRUCTIONS` each.
// Built by benchmark.sh. The declarations are those of QEMU's qemu-plugin.h, version 1, as far as they are used here: Debian
// ships no package with that header.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*translation_callback)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*execution_callback)(unsigned, void *);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translation_callback);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, enum qemu_plugin_op, void *, uint64_t);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, execution_callback,
                                                   enum qemu_plugin_cb_flags, void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);

#define EXPORT __attribute__((visibility("default")))
#define BLOCKS_MAX (1u << 20)
#define TAIL 4096 // of the log, in which the marker is looked for

EXPORT int qemu_plugin_version = 1;

// Shared with whoever opens COUNTS.
static struct {
    uint64_t now, at_marker;
} *counts;
static char marker[128];
static const char *log_path, *blocks_path;

// One for each translation: code that is translated again has several.
static struct block {
    uint64_t address, instructions;
} *blocks;
static size_t block_count;
static int log_fd = -1;

static void write_blocks(void) {
    FILE *file = blocks ? fopen(blocks_path, "w") : NULL;
    if (!file)
        return;
    for (size_t i = 0; i < block_count; i++)
        if (blocks[i].instructions)
            fprintf(file, "%llx %llu\n", (unsigned long long)blocks[i].address, (unsigned long long)blocks[i].instructions);
    fclose(file);
}

static void look_for_marker(unsigned cpu, void *argument) {
    (void)cpu, (void)argument;
    if (counts->at_marker || !marker[0])
        return;
    if (log_fd < 0)
        log_fd = open(log_path, O_RDONLY);
    if (log_fd < 0)
        return;
    char tail[TAIL];
    off_t end = lseek(log_fd, 0, SEEK_END);
    ssize_t n = pread(log_fd, tail, TAIL, end > TAIL ? end - TAIL : 0);
    if (n > 0 && memmem(tail, (size_t)n, marker, strlen(marker))) {
        write_blocks(); // before the count, for which the reader waits
        counts->at_marker = counts->now;
    }
}

// The log can have grown only after an instruction that writes to a port, so it is read at the next in, out, iret or syscall: soon
// after the marker, and seldom enough not to slow the guest down.
static bool is_checkpoint(const unsigned char *code, size_t length) {
    static const unsigned char one_byte[] = {0xec, 0xee, 0x6e, 0xcf, 0xfa, 0xfb, 0xf4};
    if (length == 1)
        return memchr(one_byte, code[0], sizeof one_byte);
    return length == 2 && (code[0] == 0xe6 || (code[0] == 0x48 && code[1] == 0xcf) || (code[0] == 0x0f && code[1] == 0x05) ||
                           (code[0] == 0xf3 && code[1] == 0x6e));
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    size_t n = qemu_plugin_tb_n_insns(block);
    qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &counts->now, n);
    if (blocks && block_count < BLOCKS_MAX) {
        struct block *own = &blocks[block_count++];
        own->address = qemu_plugin_tb_vaddr(block);
        qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &own->instructions, n);
    }
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        if (is_checkpoint(qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction)))
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, look_for_marker, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv) {
    (void)info;
    const char *out = NULL;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "out=", 4))
            out = argv[i] + 4;
        if (!strncmp(argv[i], "log=", 4))
            log_path = strdup(argv[i] + 4);
        if (!strncmp(argv[i], "blocks=", 7)) {
            blocks_path = strdup(argv[i] + 7);
            blocks = calloc(BLOCKS_MAX, sizeof *blocks);
        }
        if (!strncmp(argv[i], "mark=", 5)) {
            strncpy(marker, argv[i] + 5, sizeof marker - 1);
            for (char *p = marker; *p; p++)
                if (*p == '_')
                    *p = ' ';
        }
    }
    int fd = out ? open(out, O_RDWR | O_CREAT | O_TRUNC, 0644) : -1;
    if (fd < 0 || ftruncate(fd, sizeof *counts))
        return -1;
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counts == MAP_FAILED)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
