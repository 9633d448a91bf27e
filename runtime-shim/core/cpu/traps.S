// Where exceptions and interrupts enter, and the switch to a kernel stack.
#include "offsets.h"

#define VECTOR_OFFSET 120 // of struct trap_frame

// One stub of 8 bytes a vector. The call's return address, which tells the vector, lies where struct trap_frame has it;
// below it is the error code, or a zero where the CPU pushes none.
        .altmacro
        .macro stub vector
        .balign TRAP_STUB_SIZE
        .if (\vector != 8) && !(\vector >= 10 && \vector <= 14) && (\vector != 17) && (\vector != 21) && (\vector != 29) && (\vector != 30)
        pushq $0
        .endif
        call trap_common
        .endm

        .section .text.trap_stubs, "ax"
        .balign TRAP_STUB_SIZE
        .global trap_stubs
trap_stubs:
        .set v, 0
        .rept VECTOR_COUNT
        stub %v
        .set v, v + 1
        .endr

        .section .text.trap_common, "ax"
trap_common:
        pushq %rax
        pushq %rbx
        pushq %rcx
        pushq %rdx
        pushq %rsi
        pushq %rdi
        pushq %rbp
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        cld
        movl $SELECTOR_DATA, %eax       // the CPU may have put the null segment there (cpu.c says why that matters)
        movl %eax, %ss
        subq $trap_stubs, VECTOR_OFFSET(%rsp)
        shrq $3, VECTOR_OFFSET(%rsp)    // log2 of TRAP_STUB_SIZE; the address is behind the call, still within the stub
        movq %rsp, %rdi                 // struct trap_frame *
        call trap_handler
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rbp
        popq %rdi
        popq %rsi
        popq %rdx
        popq %rcx
        popq %rbx
        popq %rax
        addq $16, %rsp                  // vector, error
        iretq

// uint64_t kernel_call(function, a, b, c, d): see core.h
        .section .text.kernel_call, "ax"
        .global kernel_call
        .type kernel_call, @function
kernel_call:
        pushq %rbp
        movq %rsp, %rbp
        pushq %rbx
        pushq %rbx                      // alignment
        movq %rdi, %rax
        movq %rsi, %rdi
        movq %rdx, %rsi
        movq %rcx, %rdx
        movq %r8, %rcx
        pushfq
        popq %rbx
        cli
        movq %gs:CPU_CURRENT, %r10
        testq %r10, %r10
        jz 1f                           // the boot code
        movq %rsp, %r11
        subq THREAD_STACK_LOW(%r10), %r11
        cmpq THREAD_STACK_SIZE(%r10), %r11
        jae 1f                          // not on the thread's own stack: on a kernel stack already
        movq %gs:CPU_KERNEL_STACK_TOP, %rsp
1:      call *%rax
        leaq -16(%rbp), %rsp
        testl $0x200, %ebx
        jz 2f                           // interrupts were off and stay off
        movq %gs:CPU_CURRENT, %rcx
        cmpb $0, THREAD_SIGNALS_READY(%rcx)
        sti
        je 2f
        movq %rax, %rbx                 // the result survives the handler in a register that it preserves
        int $VECTOR_SIGNAL
        movq %rbx, %rax
2:      popq %rbx
        popq %rbx
        popq %rbp
        ret
        .size kernel_call, . - kernel_call

// void context_switch(uint64_t *save_rsp, uint64_t load_rsp): the callee-saved state of the System V ABI.
        .section .text.context_switch, "ax"
        .global context_switch
        .type context_switch, @function
context_switch:
        pushq %rbp
        pushq %rbx
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        subq $8, %rsp
        stmxcsr (%rsp)
        fnstcw 4(%rsp)
        movq %rsp, (%rdi)
        movq %rsi, %rsp
        ldmxcsr (%rsp)
        fldcw 4(%rsp)
        addq $8, %rsp
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbx
        popq %rbp
        ret
        .size context_switch, . - context_switch

// A new thread's first return address: r12 = entry, r13 = its argument, r14 = top of its own stack.
        .section .text.thread_enter, "ax"
        .global thread_enter
        .type thread_enter, @function
thread_enter:
        movq %r14, %rsp
        movq %r13, %rdi
        xorl %ebp, %ebp
        pushq %rbp                      // end of the chain of frames, and alignment
        pushq %rbp
        sti
        call *%r12
        ud2
        .size thread_enter, . - thread_enter

// Return address of a signal handler, as glibc's restorer. RSP is at the frame's ucontext.
        .section .text.signal_restore, "ax"
        .global signal_restore
        .type signal_restore, @function
signal_restore:
        int $VECTOR_SIGRETURN
        .size signal_restore, . - signal_restore
