// Direct calls, constructors, fields and static constructors. Each case is a program; see tests/Unikernel.Linker.Tests/KeptTests.cs.

// case: StaticCall
A.Used();
[Kept] class A { [Kept] public static void Used() { } public static void Unused() { } }
class B { }

// case: CallChain
A.One();
[Kept] class A { [Kept] public static void One() => Two(); [Kept] static void Two() => Three(); [Kept] static void Three() { } static void Four() => Three(); }

// case: Recursion
A.Even(3);
[Kept] class A { [Kept] public static bool Even(int n) => n == 0 || Odd(n - 1); [Kept] static bool Odd(int n) => n != 0 && Even(n - 1); static void Self() => Self(); }

// case: Overloads
A.M(1);
[Kept] class A { [Kept] public static void M(int i) { } public static void M(string s) { } public static void M(int i, int j) { } }

// case: Constructor
_ = new A(1);
[Kept] class A { [Kept] public A(int i) { } public A(string s) { } public void M() { } }

// case: ConstructorChain
_ = new A();
[Kept] class A { [Kept] public A() : this(1) { } [Kept] A(int i) { } A(string s) { } }

// case: BaseConstructor
_ = new D();
[Kept] class B { [Kept] protected B(int i) { } protected B(string s) { } }
[Kept] class D : B { [Kept] public D() : base(1) { } }

// case: FieldReadAndWritten
A.F = 1; Console.WriteLine(A.F);
[Kept] class A { [Kept] public static int F; public static int G; }

// case: InstanceFieldsOfConstructedClassStay
_ = new A();
[Kept] class A { [Kept] int _f; [Kept] string? _g; static int s_h; }

// case: StructLayoutStays
default(S).M();
[Kept] struct S { [Kept] int _a; [Kept] long _b; [Kept] public void M() { } public void N() { } }

// case: StaticConstructorByMethod
A.M();
[Kept] class A { [Kept] static A() { N(); } [Kept] public static void M() { } [Kept] static void N() { } static void O() { } }

// case: StaticConstructorByField
Console.WriteLine(A.F);
[Kept] class A { [Kept] public static readonly int F = Compute(); [Kept] static int Compute() => 1; public static int G() => 2; }

// case: FieldInitialiserCalls
_ = new A();
[Kept] class A { [Kept] int _f = Compute(); [Kept] static int Compute() => 1; static int Other() => 2; }

// case: ConstIsInlined
Console.WriteLine(A.C);
class A { public const int C = 5; }

// case: ParameterTypeIsKept
A.M(null);
[Kept] class A { [Kept] public static void M(P? p) { } }
[Kept] class P { public void Unused() { } }

// case: ReturnTypeIsKept
A.M();
[Kept] class A { [Kept] public static R? M() => null; }
[Kept] class R { public void Unused() { } }

// case: LocalTypeIsKept
object? o = null; if (o is L l) l.M();
[Kept] class L { [Kept] public void M() { } public void N() { } }

// case: CatchType
try { A.M(); } catch (E e) when (e.Code == 1) { }
[Kept] class A { [Kept] public static void M() { } }
[Kept] class E : Exception { [Kept] public int Code { [Kept] get; set; } }

// case: FinallyCode
try { A.M(); } finally { A.N(); }
[Kept] class A { [Kept] public static void M() { } [Kept] public static void N() { } public static void O() { } }

// case: ThrownException
throw new E("x");
[Kept] class E : Exception { [Kept] public E(string s) : base(s) { } public E() { } }

// case: CastKeepsOnlyTheType
object o = ""; Console.WriteLine(o is A);
[Kept] class A { public virtual void M() { } public void N() { } }

// case: NestedTypeKeepsOuter
Outer.Inner.M();
[Kept] class Outer { public static void X() { } [Kept] public class Inner { [Kept] public static void M() { } } class Other { } }

// case: PropertyGetterOnly
Console.WriteLine(A.P);
[Kept] class A { [Kept] public static int P { [Kept] get => 1; set { } } public static int Q { get; set; } }

// case: PropertySetterOnly
A.P = 1;
[Kept] class A { [Kept] public static int P { get => 1; [Kept] set { } } }

// case: EventAdd
A.E += () => { };
[Kept] class A { [Kept] public static event Action E { [Kept] add { } remove { } } }

// case: Indexer
_ = new A()[1];
[Kept] class A { [Kept] public int this[int i] { [Kept] get => i; } }

// case: Operators
_ = new A() + new A();
[Kept] class A { [Kept] public static A operator +(A a, A b) => a; public static A operator -(A a, A b) => a; }

// case: Conversion
int i = new A();
[Kept] class A { [Kept] public static implicit operator int(A a) => 1; public static explicit operator string(A a) => ""; }

// case: ExtensionMethod
1.M();
[Kept] static class X { [Kept] public static void M(this int i) { } public static void N(this int i) { } }

// case: LocalFunction
A.M();
[Kept] class A { [Kept] public static void M() { L(); static void L() => N(); } [Kept] static void N() { } static void O() { } }

// case: Lambda
A.M();
[Kept] class A { [Kept] public static void M() { Action a = () => N(); a(); } [Kept] static void N() { } static void O() { } }

// case: LambdaWithCapture
A.M(1);
[Kept] class A { [Kept] public static void M(int i) { Action a = () => N(i); a(); } [Kept] static void N(int i) { } static void O() { } }

// case: MethodGroup
Action a = A.M; a();
[Kept] class A { [Kept] public static void M() { } public static void N() { } }

// case: MethodGroupOfInstance
Action a = new A().M; a();
[Kept] class A { [Kept] public void M() { } public void N() { } }

// case: FunctionPointer
unsafe { delegate*<void> p = &A.M; p(); }
[Kept] class A { [Kept] public static void M() { } public static void N() { } }

// case: CustomDelegate
D d = A.M; d(1);
[Kept] delegate void D(int i);
delegate void Unused(int i);
[Kept] class A { [Kept] public static void M(int i) { } }

// case: Iterator
foreach (int i in A.M()) { }
[Kept] class A { [Kept] public static IEnumerable<int> M() { yield return N(); } [Kept] static int N() => 1; static int O() => 1; }

// case: AsyncMethod
await A.M();
[Kept] class A { [Kept] public static async Task M() { await Task.Yield(); N(); } [Kept] static void N() { } static void O() { } }

// case: UsingCallsDispose
using (new A()) { }
[Kept] class A : IDisposable { [Kept] public void Dispose() { } public void Other() { } }

// case: PatternEnumerator
foreach (int i in new A()) { }
[Kept] class A { [Kept] public E GetEnumerator() => new(); }
[Kept] class E { [Kept] public int Current { [Kept] get => 1; } [Kept] public bool MoveNext() => false; public void Reset() { } }

// case: Deconstruct
var (x, y) = new A();
[Kept] class A { [Kept] public void Deconstruct(out int x, out int y) { x = y = 1; } public void Deconstruct(out int x, out int y, out int z) { x = y = z = 1; } }

// case: StringSwitch
A.M("a");
[Kept] class A { [Kept] public static void M(string s) { switch (s) { case "a": N(); break; case "b": break; } } [Kept] static void N() { } }

// case: EnumKeepsItsNames
Console.WriteLine(E.B.ToString());
[Kept] enum E { A, B }
enum Unused { X }

// case: DeadTypeOfDeadMethod
A.Used();
[Kept] class A { [Kept] public static void Used() { } public static void Unused(P p) => p.M(); }
class P { public void M() { } }

// case: ModuleInitializer
Console.WriteLine();
[Kept] class A { [Kept, ModuleInitializer] public static void Init() => M(); [Kept] static void M() { } static void N() { } }

// case: Finalizer
_ = new A();
[Kept] class A { [Kept] ~A() { M(); } [Kept] void M() { } void N() { } }

// case: RefReturn
A.M() = 1;
[Kept] class A { [Kept] static int s_f; [Kept] public static ref int M() => ref s_f; }

// case: InitOnlyProperty
_ = new R { X = 2 };
[Kept] class R { [Kept] public int X { get; [Kept] init; } public void Unused() { } }

// case: StackallocAndSpan
Span<S> s = stackalloc S[2]; s[0].M();
[Kept] struct S { [Kept] int _f; [Kept] public void M() { } public void N() { } }

// case: InlineArray
var b = new Buf(); b[0] = 1;
[Kept, InlineArray(4)] struct Buf { [Kept] int _e; public void Unused() { } }

// case: DefaultParameterType
A.M();
[Kept] class A { [Kept] public static void M(P? p = null) { } }
[Kept] class P { }

// case: ConditionalAttributeCallGone
A.M();
[Kept] class A { [Kept] public static void M() { N(); } [System.Diagnostics.Conditional("NEVER")] static void N() { } }
