// What reflection can see: annotations, type names in strings, attributes.

// case: TypeofKeepsTheType
Console.WriteLine(typeof(A).FullName);
[Kept] class A { public void M() { } public int P { get; set; } }

// case: GetMethodOfTypeof
typeof(A).GetMethod("M")!.Invoke(null, null);
[Kept] class A { [Kept] public static void M() => N(); [Kept] static void N() { } static void O() { } int _f2 => 1; }

// case: GetProperties
foreach (PropertyInfo p in typeof(A).GetProperties()) Console.WriteLine(p.Name);
[Kept] class A { [Kept] public int P { [Kept] get; [Kept] set; } [Any] int Q { get; set; } public void M() { } }

// case: GetFields
foreach (FieldInfo f in typeof(A).GetFields()) Console.WriteLine(f.Name);
[Kept] class A { [Kept] public int F; [Kept] int _instanceFieldsStay; static int s_g; public void M() { } }

// case: GetConstructors
foreach (ConstructorInfo c in typeof(A).GetConstructors()) Console.WriteLine(c);
[Kept] class A { [Kept] public A(int i) { } [Kept] public A(string s) { } A(long l) { } public void M() { } }

// case: GetEvents
foreach (EventInfo e in typeof(A).GetEvents()) Console.WriteLine(e.Name);
[Kept] class A { [Kept] public event Action E { [Kept] add { } [Kept] remove { } } public void M() { } }

// case: GetNestedType
Console.WriteLine(typeof(A).GetNestedType("N"));
[Kept] class A { [Kept] public class N { [Kept] public void M() { } } class Private { } }

// case: NonPublicMethods
typeof(A).GetMethods(BindingFlags.NonPublic | BindingFlags.Static);
[Kept] class A { [Kept] static void M() { } [Any] public static void N() { } [Any] int P { [Kept] get => 1; } }

// case: InheritedMembers
typeof(D).GetMethods();
[Kept] class B { [Kept] public void M() { } void Private() { } }
[Kept] class D : B { [Kept] public void N() { } }

// case: CreateInstance
Activator.CreateInstance(typeof(A));
[Kept] class A { [Kept] public A() { M(); } public A(int i) { } [Kept] static void M() { } }

// case: CreateInstanceWithArguments
Activator.CreateInstance(typeof(A), 1);
[Kept] class A { [Kept] public A(int i) { } [Kept] public A(string s) { } public void M() { } }

// case: TypeGetType
Activator.CreateInstance(Type.GetType("A")!);
[Kept] class A { [Kept] public A() { } public void M() { } }

// case: TypeGetTypeNested
Console.WriteLine(Type.GetType("Outer+Inner"));
[Kept] class Outer { [Kept] class Inner { } class Other { } }

// case: TypeGetTypeQualified
Console.WriteLine(Type.GetType("A, test"));
[Kept] class A { }

// case: MembersOfAnArrayByParameter
X.Use<string[]>(); Console.WriteLine(new C());
[Kept] class C : ICloneable { [Kept] public C() { } [Kept] public object Clone() => this; }
[Kept] static class X { [Kept] public static void Use<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>() { } }

// case: MembersOfAnArrayByTypeof
X.Use(typeof(int[])); Console.WriteLine(new C());
[Kept] class C : ICloneable { [Kept] public C() { } [Kept] public object Clone() => this; }
[Kept] static class X { [Kept] public static void Use([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] Type t) { } }

// case: AnnotatedParameter
X.Use(typeof(A));
[Kept] static class X { [Kept] public static void Use([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type t) => t.GetMethods(); }
[Kept] class A { [Kept] public void M() { } void N() { } }

// case: AnnotatedField
X.T = typeof(A); X.T.GetMethods();
[Kept] static class X { [Kept, DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] public static Type T = null!; }
[Kept] class A { [Kept] public void M() { } void N() { } }

// case: AnnotatedReturn
X.Get().GetMethods();
[Kept] static class X { [Kept] [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] public static Type Get() => typeof(A); }
[Kept] class A { [Kept] public void M() { } void N() { } }

// case: AnnotatedProperty
X.T = typeof(A);
[Kept] static class X { [Kept, DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] public static Type T { get; [Kept] set; } = null!; }
[Kept] class A { [Kept] public int F; public void N() { } }

// case: AnnotatedGenericParameter
X.Use<A>();
[Kept] static class X { [Kept] public static void Use<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] T>() => typeof(T).GetMethods(); }
[Kept] class A { [Kept] public void M() { } void N() { } }

// case: AnnotatedGenericParameterOfType
_ = new X<A>();
[Kept] class X<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T> { }
[Kept] class A { [Kept] public int P { [Kept] get; [Kept] set; } public void N() { } }

// case: AnnotatedGenericThroughUnannotated
X.Outer<A>();
[Kept] static class X { [Kept] public static void Outer<T>() => Inner<T>(); [Kept] static void Inner<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] T>() { } }
[Kept] class A { [Kept] public void M() { } void N() { } }

// case: AnnotatedAll
X.Use(typeof(A));
[Kept] static class X { [Kept] public static void Use([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] Type t) { } }
[Kept] class A { [Kept] public void M() { } [Kept] void N() { } [Kept] int _f; [Kept] class Nested { [Kept] void O() { } } }

// case: AnnotatedThroughLambda
X.M();
[Kept] static class X { [Kept] public static void M() { Type t = typeof(A); Action a = () => Use(t); a(); }
  [Kept] static void Use([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type t) { } }
[Kept] class A { [Kept] public void M() { } void N() { } }

// case: AnnotatedInAsync
await X.M();
[Kept] static class X { [Kept] public static async Task M() { Type t = typeof(A); await Task.Yield(); Use(t); }
  [Kept] static void Use([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type t) { } }
[Kept] class A { [Kept] public void M() { } void N() { } }

// case: AnnotatedTypeHierarchy
B b = new D(); b.GetType().GetMethods();
[Kept, DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] class B { [Kept] public void M() { } void P() { } }
[Kept] class D : B { [Kept] public void N() { } void Q() { } }

// case: GetTypeOfSealed
var s = new S(); s.GetType().GetMethods();
[Kept] sealed class S { [Kept] public void M() { } void N() { } }

// case: MethodHandle
System.Linq.Expressions.Expression<Action> e = () => A.M(); Console.WriteLine(e);
[Kept] class A { [Kept] public static void M() { } public static void N() { } }

// case: ExpressionProperty
System.Linq.Expressions.Expression<Func<A, int>> e = a => a.P; Console.WriteLine(e);
[Kept] class A { [Kept] public int P { [Kept] get; set; } public int Q { get; set; } }

// case: ExpressionField
System.Linq.Expressions.Expression<Func<A, int>> e = a => a.F; Console.WriteLine(e);
[Kept] class A { [Kept] public int F; static int s_g; }

// case: RunClassConstructor
RuntimeHelpers.RunClassConstructor(typeof(A).TypeHandle);
[Kept] class A { [Kept] static A() => M(); [Kept] static void M() { } }

// case: MakeGenericType
Activator.CreateInstance(typeof(G<>).MakeGenericType(typeof(A)));
[Kept] class G<T> { [Kept] public G() { } public void M() { } }
[Kept] class A { [Any] public A() { } public void M() { } }

// case: DynamicDependencyName
A.M();
[Kept] class A { [Kept, DynamicDependency("Hidden")] public static void M() { } [Kept] static void Hidden() { } static void Other() { } }

// case: DynamicDependencyType
A.M();
[Kept] class A { [Kept, DynamicDependency("Hidden", typeof(B))] public static void M() { } }
[Kept] class B { [Kept] static void Hidden() { } static void Other() { } }

// case: DynamicDependencyKinds
A.M();
[Kept] class A { [Kept, DynamicDependency(DynamicallyAccessedMemberTypes.PublicFields, typeof(B))] public static void M() { } }
[Kept] class B { [Kept] public int F; public void Other() { } }

// case: DynamicDependencyTypeName
A.M();
[Kept] class A { [Kept, DynamicDependency("Hidden", "B", "test")] public static void M() { } }
[Kept] class B { [Kept] static void Hidden() { } static void Other() { } }

// case: DynamicDependencyOverload
A.M();
[Kept] class A { [Kept, DynamicDependency("H(System.Int32)")] public static void M() { } [Kept] static void H(int i) { } static void H(int i, int j) { } }

// case: DynamicDependencyOfUnusedMethod
A.M();
[Kept] class A { [Kept] public static void M() { } [DynamicDependency("Hidden")] static void Unused() { } static void Hidden() { } }

// case: AttributeOnKeptType
A.M();
[Kept, My(1, P = 2)] class A { [Kept] public static void M() { } }
[Kept, My(3)] class MyAttribute : Attribute { [Kept] public MyAttribute(int i) { } public MyAttribute(string s) { } [Kept] public int P { get; [Kept] set; } public void Unused() { } }

// case: AttributeOnUnusedMember
A.M();
[Kept] class A { [Kept] public static void M() { } [My] static void N() { } }
class MyAttribute : Attribute { }

// case: AttributeWithType
A.M();
[Kept, My(typeof(B))] class A { [Kept] public static void M() { } }
[Kept] class MyAttribute : Attribute { [Kept] public MyAttribute(Type t) { } }
[Kept] class B { public void Unused() { } }

// case: AttributeWithAnnotatedType
A.M();
[Kept, My(typeof(B))] class A { [Kept] public static void M() { } }
[Kept] class MyAttribute : Attribute { [Kept] public MyAttribute([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type t) { } }
[Kept] class B { [Kept] public void Used() { } void Unused() { } }

// case: GenericAttribute
A.M();
[Kept, My<B>] class A { [Kept] public static void M() { } }
[Kept] class MyAttribute<T> : Attribute { }
[Kept] class B { public void Unused() { } }

// case: UnsafeAccessorMethod
X.Hidden(new A());
[Kept] static class X { [Kept, UnsafeAccessor(UnsafeAccessorKind.Method, Name = "H")] public static extern void Hidden(A a); }
[Kept] class A { [Kept] void H() { } void I() { } }

// case: UnsafeAccessorConstructor
X.Make(1);
[Kept] static class X { [Kept, UnsafeAccessor(UnsafeAccessorKind.Constructor)] public static extern A Make(int i); }
[Kept] class A { [Kept] A(int i) { } void I() { } }

// case: UnsafeAccessorField
X.F(new A()) = 1;
[Kept] static class X { [Kept, UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_f")] public static extern ref int F(A a); }
[Kept] class A { [Kept] int _f; static int s_g; }

// case: UnsafeAccessorStaticMethod
X.H(null);
[Kept] static class X { [Kept, UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "S")] public static extern void H(A? a); }
[Kept] class A { [Kept] static void S() { } static void T() { } }

// case: EnumGetNames
Console.WriteLine(Enum.GetNames<E>().Length);
[Kept] enum E { A, B }

// case: DescriptorType --root-assembly test
Console.WriteLine();
[Kept] class A { [Kept] void M() { } [Kept] class N { } }

// case: GenericTypeNameInAttribute
// The name's arguments are part of it: with one of them missing, ILC gives up on the whole name.
Console.WriteLine(typeof(A));
[Kept, Provider("Holder`1[[Argument, test]], test")] class A { }
[Kept] class Holder<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] T> { [Kept] public Holder() { } public void Unused() { } }
[Kept] class Argument { [Kept] public void Found() { } void Hidden() { } }
[Kept] class ProviderAttribute : Attribute { [Kept] public ProviderAttribute([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] string name) { } }

// case: PropertyInExpressionTree
System.Linq.Expressions.Expression<Func<A, int>> e = a => a.Value; Console.WriteLine(e);
[Kept] class A { [Any] public int Value { [Kept] get; [Kept] set; } [Any] public int Other { get; set; } }
