// sources: libc/managed_unwind.c
//
// The table of a program of four functions and a stub, as msbuild/Unikernel.Object/Unwinding/UnwindTable.cs writes it, and the
// frames that the call frame instructions describe.
#include "check.h"
#include <stdint.h>

const uint8_t __start___managedcode[256], dotnet_eh_table_start[64];

__attribute__((aligned(4))) const uint8_t unikernel_unwind_table[] = {
    2, 0, 0, 0, 3, 0, 0, 0, 40, 0, 0, 0, 51, 0, 0, 0, // two blocks, starts are multiples of 8
    8, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0,              // first function: at 8, LSDA at 20
    72, 0, 0, 0, 24, 0, 0, 0, 7, 0, 0, 0,             // fourth function: at 72, LSDA at 24
    1,                                                // first: its program
    2, 39, 2,                                         // second: 16 later, LSDA 20 before
    3, 8, 8,                                          // third: 24 later, LSDA 4 behind
    1,                                                // fourth: its program
    1, 0, 0,                                          // a stub 8 later
    // what has no frames
    0,
    // a leaf
    0,
    // push rbp
    5, 0x41, 0x0e, 16, 0x86, 2,
    // push rbp; mov rbp, rsp; push rbx ... pop; a second way out
    17, 0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x41, 0x83, 3, 0x44, 0x0a, 0xc3, 0x0c, 7, 8,
};

struct unw_proc_info {
    uintptr_t start_ip, end_ip, lsda, handler, gp, flags;
    uint32_t format, unwind_info_size;
    uintptr_t unwind_info, extra;
};

struct regdisplay {
    uintptr_t *location[15];
    uintptr_t sp, ip;
};

enum { RBX = 3, RBP = 4 };

bool managed_procedure(uintptr_t pc, void *sections, struct unw_proc_info *info) __asm__(
    "_ZN13UnwindHelpers17GetUnwindProcInfoEmRN9libunwind18UnwindInfoSectionsEP15unw_proc_info_t");
bool managed_step(struct regdisplay *registers, uintptr_t start, uint32_t format, uintptr_t program) __asm__(
    "_ZN13UnwindHelpers9StepFrameEP10REGDISPLAYmjm");

static void finds(uint32_t offset, uint32_t start, uint32_t end, uint32_t lsda) {
    struct unw_proc_info info;
    CHECK(managed_procedure((uintptr_t)__start___managedcode + offset, 0, &info));
    CHECK(info.start_ip - (uintptr_t)__start___managedcode == start);
    CHECK(info.end_ip - (uintptr_t)__start___managedcode == end);
    CHECK(info.lsda - (uintptr_t)dotnet_eh_table_start == lsda);
}

// Steps out of a frame at an offset of the code, with rsp at stack[sp] and rbp at stack[bp].
static struct regdisplay steps(uint32_t offset, uintptr_t *stack, int sp, int bp) {
    static uintptr_t rbx, rbp;
    rbx = 0xb, rbp = (uintptr_t)&stack[bp];
    struct regdisplay registers = {.location = {[RBX] = &rbx, [RBP] = &rbp}, .sp = (uintptr_t)&stack[sp], .ip = (uintptr_t)__start___managedcode + offset};
    struct unw_proc_info info;
    CHECK(managed_procedure(registers.ip, 0, &info));
    CHECK(managed_step(&registers, info.start_ip, info.format, info.unwind_info));
    return registers;
}

static void functions_are_found_by_address(void) {
    struct unw_proc_info info;
    CHECK(!managed_procedure((uintptr_t)__start___managedcode + 7, 0, &info)); // before the first
    finds(8, 8, 24, 20);
    finds(23, 8, 24, 20);
    finds(24, 24, 48, 0);
    finds(47, 24, 48, 0);
    finds(48, 48, 72, 4); // its end is the next block's start
    finds(71, 48, 72, 4);
    finds(72, 72, 80, 24);
    finds(79, 72, 80, 24);
    CHECK(!managed_procedure((uintptr_t)__start___managedcode + 80, 0, &info)); // the stub
    CHECK(!managed_procedure((uintptr_t)__start___managedcode + 200, 0, &info));
}

static void frames_are_stepped_out_of(void) {
    uintptr_t stack[8] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17};

    // At the first instruction nothing is pushed: the return address is on top.
    struct regdisplay at = steps(48, stack, 2, 7);
    CHECK(at.ip == 0x12 && at.sp == (uintptr_t)&stack[3] && *at.location[RBX] == 0xb && *at.location[RBP] == (uintptr_t)&stack[7]);
    // Behind push rbp, and exactly at the instruction behind it.
    at = steps(49, stack, 2, 7);
    CHECK(at.ip == 0x13 && at.sp == (uintptr_t)&stack[4] && at.location[RBP] == &stack[2]);
    // rbp is the frame: wherever rsp is.
    at = steps(52, stack, 0, 4);
    CHECK(at.ip == 0x15 && at.sp == (uintptr_t)&stack[6] && at.location[RBP] == &stack[4] && *at.location[RBX] == 0xb);
    at = steps(53, stack, 0, 4);
    CHECK(at.location[RBX] == &stack[3]);
    // The way out: rbx is back in its register, the return address is on top.
    at = steps(57, stack, 1, 7);
    CHECK(at.ip == 0x11 && *at.location[RBX] == 0xb);
    // A leaf: everything is where it was.
    at = steps(8 + 5, stack, 2, 7);
    CHECK(at.ip == 0x12 && at.sp == (uintptr_t)&stack[3] && *at.location[RBX] == 0xb);
    // A function without a frame pointer.
    at = steps(24 + 9, stack, 2, 7);
    CHECK(at.ip == 0x13 && at.location[RBP] == &stack[2]);
}

int main(void) {
    RUN(functions_are_found_by_address);
    RUN(frames_are_stepped_out_of);
    return check_failures != 0;
}
