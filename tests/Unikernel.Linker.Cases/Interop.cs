// P/Invokes, exports, and what goes through native code.

// case: PInvokeUnused
A.M();
[Kept] static class A { [Kept] public static void M() { } [DllImport("x")] static extern void Native(); }

// case: PInvokeUsed
A.Native();
[Kept] static class A { [Kept, DllImport("x")] public static extern void Native(); [DllImport("x")] public static extern void Other(); }

// case: PInvokeStub --unprovided stub
// expect: UKN1012
A.Native();
[Kept] static class A { [Kept, DllImport("x")] public static extern void Native(); }

// case: PInvokeStubSuppressed --unprovided stub
A.M();
[Kept] static class A { [Kept, UnconditionalSuppressMessage("Platform", "UKN1012")] public static void M() => Native(); [Kept, DllImport("x")] static extern void Native(); }

// case: PInvokeOfStaticLibrary --unprovided stub --native-library x
A.Native();
[Kept] static class A { [Kept, DllImport("x")] public static extern void Native(); }

// case: UnavailableApi --unprovided stub
// expect: UKN1001
System.Diagnostics.Process.Start("ls");

// case: UnavailableApiUnreached --unprovided stub
Console.WriteLine();
class A { static void M() => System.Diagnostics.Process.Start("ls"); }

// case: UnavailableApiSuppressed --unprovided stub
A.M();
[Kept] class A { [Kept, UnconditionalSuppressMessage("Platform", "UKN1001:x")] public static void M() => System.Diagnostics.Process.Start("ls"); }

// case: UnavailableApiNoWarn --unprovided stub --nowarn UKN1001
System.Diagnostics.Process.Start("ls");

// case: UnmanagedCallersOnlyExport
Console.WriteLine();
[Kept] static class A { [Kept, UnmanagedCallersOnly(EntryPoint = "exported")] static void Exported() => M(); [Kept] static void M() { } [UnmanagedCallersOnly] static void NotExported() { } }

// case: UnmanagedCallersOnlyAddress
unsafe { delegate* unmanaged<void> p = &A.Callback; Console.WriteLine((nint)p); }
[Kept] static class A { [Kept, UnmanagedCallersOnly] public static void Callback() { } [UnmanagedCallersOnly] static void Other() { } }

// case: SafeHandleResult
A.Open();
[Kept] static class A { [Kept, DllImport("x")] public static extern H Open(); }
[Kept] class H : SafeHandle { [Kept] public H() : base(0, true) { } [Kept] public override bool IsInvalid { [Kept] get => false; } [Kept] protected override bool ReleaseHandle() => true; void Unused() { } }

// case: MarshalledStruct
A.Take(default);
[Kept] static class A { [Kept, DllImport("x")] public static extern void Take(S s); }
[Kept] struct S { [Kept] int _a; [Kept] int _b; public void Unused() { } }

// case: DelegateToNative
A.Take(A.Callback);
[Kept] delegate void D(int i);
[Kept] static class A { [Kept, DllImport("x")] public static extern void Take(D d); [Kept] public static void Callback(int i) { } }

// case: MarshalSizeOf
Console.WriteLine(Marshal.SizeOf<S>());
[Kept] struct S { [Kept] int _a; public void Unused() { } }
