// Unwinding of managed frames: what libunwind does in the runtime (nativeaot/Runtime/unix/UnwindHelpers.cpp), by a table that is a ninth of the size
// of the .eh_frame and .eh_frame_hdr that libunwind reads. core.a stands before libRuntime on the link line, so these definitions are taken, and the
// objects UnwindHelpers.cpp.o and libunwind.cpp.o are not.
//
// The build writes the table from the compiler's .eh_frame (msbuild/Unikernel.Object/Unwinding/UnwindTable.cs has its format, and refuses what is
// not understood here). Only managed functions are in it: the runtime looks up no others (UnixNativeCodeManager::FindMethodInfo).
#include "core.h"

struct table {
    uint32_t blocks;   // number of blocks
    uint32_t shift;    // function starts are multiples of 1 << shift
    uint32_t records;  // offsets from the table's beginning
    uint32_t programs;
    struct block {
        uint32_t start;  // of its first function, in the managed code
        uint32_t lsda;   // of its first function, in .dotnet_eh_table
        uint32_t record; // offset of its first record
    } block[];
};

extern const struct table unikernel_unwind_table;
extern const uint8_t __start___managedcode[], dotnet_eh_table_start[];

// libunwind.h. Of the fields only those are set that the runtime reads.
struct unw_proc_info {
    uintptr_t start_ip, end_ip, lsda, handler, gp, flags;
    uint32_t format, unwind_info_size;
    uintptr_t unwind_info, extra;
};

// nativeaot/Runtime/regdisplay.h
struct regdisplay {
    uintptr_t *location[15]; // rax rcx rdx rbx rbp rsi rdi r8 ... r15
    uintptr_t sp, ip;
};

static const uint8_t *text_of(uint32_t offset) {
    return (const uint8_t *)&unikernel_unwind_table + offset;
}

// Unsigned LEB128 (DWARF 5, 7.6).
static uint32_t number(const uint8_t **at) {
    uint32_t value = 0;
    for (int shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
}

bool managed_procedure(uintptr_t pc, void *sections, struct unw_proc_info *info) __asm__(
    "_ZN13UnwindHelpers17GetUnwindProcInfoEmRN9libunwind18UnwindInfoSectionsEP15unw_proc_info_t");
bool managed_procedure(uintptr_t pc, void *sections, struct unw_proc_info *info) {
    (void)sections;
    const struct table *table = &unikernel_unwind_table;
    uint32_t offset = (uint32_t)(pc - (uintptr_t)__start___managedcode);
    uint32_t low = 0, high = table->blocks;
    while (low < high) { // the first block behind offset
        uint32_t middle = (low + high) / 2;
        if (table->block[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    const struct block *block = &table->block[low - 1];
    const uint8_t *record = text_of(table->records + block->record);
    const uint8_t *end = text_of(low < table->blocks ? table->records + table->block[low].record : table->programs);
    uint32_t start = block->start, lsda = block->lsda, program = number(&record), next = start;
    while (record < end) {
        next = start + (number(&record) << table->shift);
        if (next > offset)
            break;
        start = next;
        uint32_t zigzag = number(&record);
        lsda += (zigzag >> 1) ^ -(zigzag & 1);
        program = number(&record);
    }
    if (program == 0) // code between functions, the compiler's stubs, or the end: for libunwind, too, there is nothing here
        return false;
    if (next == start) // the last of its block; there is a next one, as the table's last record is the end
        next = table->block[low].start;
    *info = (struct unw_proc_info){
        .start_ip = (uintptr_t)__start___managedcode + start,
        // What jumps out of here is a tail call, and the runtime takes the stack to be unwound there (TrailingEpilogueInstructionsCount).
        .end_ip = (uintptr_t)__start___managedcode + next,
        .lsda = (uintptr_t)dotnet_eh_table_start + lsda,
        .unwind_info = (uintptr_t)text_of(table->programs + program),
    };
    return true;
}

// What a call frame program has said so far (DWARF 5, 6.4.1).
struct frame {
    uint32_t cfa_register, cfa_offset;
    uint8_t saved[16]; // by DWARF's numbers: n: at CFA - 8 n; 0: still in the register
};

static uint32_t fixed(const uint8_t **at, int bytes) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint32_t)*(*at)++ << 8 * i;
    return value;
}

// Runs the instructions that are in force at an offset in the function; before the first of them CFA is rsp + 8, as the CIE says.
static void run(const uint8_t *at, uint32_t offset, struct frame *frame) {
    const uint8_t *end = at;
    uint32_t length = number(&end);
    at = end;
    end += length;
    struct frame remembered[2];
    int depth = 0;
    uint32_t location = 0;
    while (at < end && location <= offset) {
        uint8_t instruction = *at++, low = instruction & 0x3f;
        switch (instruction & 0xc0) {
        case 0x40: // DW_CFA_advance_loc
            location += low;
            continue;
        case 0x80: // DW_CFA_offset
            frame->saved[low] = (uint8_t)number(&at);
            continue;
        case 0xc0: // DW_CFA_restore
            frame->saved[low] = 0;
            continue;
        }
        switch (low) {
        case 0x02: // DW_CFA_advance_loc1
            location += fixed(&at, 1);
            break;
        case 0x03: // DW_CFA_advance_loc2
            location += fixed(&at, 2);
            break;
        case 0x04: // DW_CFA_advance_loc4
            location += fixed(&at, 4);
            break;
        case 0x0a: // DW_CFA_remember_state
            remembered[depth++] = *frame;
            break;
        case 0x0b: // DW_CFA_restore_state
            *frame = remembered[--depth];
            break;
        case 0x0c: // DW_CFA_def_cfa
            frame->cfa_register = number(&at);
            frame->cfa_offset = number(&at);
            break;
        case 0x0d: // DW_CFA_def_cfa_register
            frame->cfa_register = number(&at);
            break;
        case 0x0e: // DW_CFA_def_cfa_offset
            frame->cfa_offset = number(&at);
            break;
        }
    }
}

bool managed_step(struct regdisplay *registers, uintptr_t start, uint32_t format, uintptr_t program) __asm__(
    "_ZN13UnwindHelpers9StepFrameEP10REGDISPLAYmjm");
bool managed_step(struct regdisplay *registers, uintptr_t start, uint32_t format, uintptr_t program) {
    (void)format;
    // DWARF numbers them rax rdx rcx rbx rsi rdi rbp rsp r8 ... (System V ABI for AMD64, 3.6.2).
    static const uint8_t place[16] = {0, 2, 1, 3, 5, 6, 4, 0, 7, 8, 9, 10, 11, 12, 13, 14};
    enum { RSP = 7 };

    struct frame frame = {.cfa_register = RSP, .cfa_offset = 8}; // the CIE's
    run((const uint8_t *)program, (uint32_t)(registers->ip - start), &frame);
    uintptr_t base = frame.cfa_register == RSP ? registers->sp : *registers->location[place[frame.cfa_register]];
    uintptr_t *cfa = (uintptr_t *)(base + frame.cfa_offset);
    for (int i = 0; i < 16; i++) {
        if (frame.saved[i] != 0 && i != RSP)
            registers->location[place[i]] = cfa - frame.saved[i];
    }
    registers->sp = (uintptr_t)cfa;
    registers->ip = cfa[-1];
    return true;
}

// The code manager's constructor names it to look for .eh_frame_hdr, which is not there (libunwind's AddressSpace.hpp). The real one has no members either.
char libunwind_address_space[1] __asm__("_ZN9libunwind17LocalAddressSpace17sThisAddressSpaceE");

// Weak there: this one takes the place of libunwind's, and its readers of encoded pointers go with it.
bool no_search_table(void *addresses, uintptr_t start, uintptr_t end, void *info) __asm__(
    "_ZN9libunwind14EHHeaderParserINS_17LocalAddressSpaceEE11decodeEHHdrERS1_mmRNS2_12EHHeaderInfoE");
bool no_search_table(void *addresses, uintptr_t start, uintptr_t end, void *info) {
    (void)addresses, (void)start, (void)end, (void)info;
    return false;
}
