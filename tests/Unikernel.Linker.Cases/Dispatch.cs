// Virtual, interface, default-interface and static-abstract dispatch.

// case: OverrideOfConstructedType
B b = new D(); b.M();
[Kept] class B { [Kept] public virtual void M() { } public virtual void N() { } }
[Kept] class D : B { [Kept] public override void M() { } public override void N() { } }

// case: OverrideOfTypeNeverConstructed
B b = new D1(); b.M(); Console.WriteLine(b is D2);
[Kept] class B { [Kept] public virtual void M() { } }
[Kept] class D1 : B { [Kept] public override void M() { } }
[Kept] class D2 : B { public override void M() => Console.Write(""); }

// case: AbstractMethod
B b = new D(); b.M();
[Kept] abstract class B { [Kept] public abstract void M(); public abstract void N(); }
[Kept] class D : B { [Kept] public override void M() { } public override void N() { } }

// case: MiddleOverride
A a = new C(); a.M();
[Kept] class A { [Kept] public virtual void M() { } }
[Kept] class B : A { [Kept] public override void M() { } }
[Kept] class C : B { public void Other() { } }

// case: NewSlotHidesBase
A a = new B(); a.M();
[Kept] class A { [Kept] public virtual void M() { } }
[Kept] class B : A { public new virtual void M() { } }

// case: BaseCall
new B().M();
[Kept] class A { [Kept] public virtual void M() { } public virtual void N() { } }
[Kept] class B : A { [Kept] public override void M() => base.M(); public override void N() => base.N(); }

// case: CallThroughOverrideUsesTheSlot
B b = new C(); b.M(); _ = new D();
[Kept] class A { [Kept] public virtual void M() { } }
[Kept] class B : A { [Kept] public override void M() { } }
[Kept] class C : B { [Kept] public override void M() { } }
[Kept] class D : A { [Kept] public override void M() { } }

// case: CovariantReturn
A a = new B(); a.M();
[Kept] class A { [Kept] public virtual object M() => this; }
[Kept] class B : A { [Kept] public override B M() => this; }

// case: VirtualProperty
A a = new B(); Console.WriteLine(a.P);
[Kept] class A { [Kept] public virtual int P { [Kept] get => 1; } }
[Kept] class B : A { [Kept] public override int P { [Kept] get => 2; } }

// case: InterfaceImplicit
I i = new A(); i.M();
[Kept] interface I { [Kept] void M(); void N(); }
[Kept] class A : I { [Kept] public void M() { } public void N() { } }

// case: InterfaceExplicit
I i = new A(); i.M();
[Kept] interface I { [Kept] void M(); void N(); }
[Kept] class A : I { [Kept] void I.M() { } void I.N() { } }

// case: InterfaceOfBase
I i = new B(); i.M();
[Kept] interface I { [Kept] void M(); }
[Kept] class A : I { [Kept] public void M() { } }
[Kept] class B : A { }

// case: InterfaceImplementedByBaseMethod
I i = new B(); i.M();
[Kept] interface I { [Kept] void M(); }
[Kept] class A { [Kept] public void M() { } public void N() { } }
[Kept] class B : A, I { }

// case: InterfaceReimplemented
I i = new B(); i.M();
[Kept] interface I { [Kept] void M(); }
[Kept] class A : I { [Kept] public void M() { } }
[Kept] class B : A, I { [Kept] public new void M() { } }

// case: InterfaceMethodOverriddenInDerivedClass
I i = new B(); i.M();
[Kept] interface I { [Kept] void M(); }
[Kept] abstract class A : I { [Kept] public abstract void M(); }
[Kept] class B : A { [Kept] public override void M() { } }

// case: InterfaceVirtualOverriddenTwice
I i = new C(); i.M();
[Kept] interface I { [Kept] void M(); }
[Kept] class A : I { [Kept] public virtual void M() { } }
[Kept] class B : A { [Kept] public override void M() { } }
[Kept] class C : B { [Kept] public override void M() { } }

// case: InterfaceInheritance
J j = new A(); j.M();
[Kept] interface I { [Kept] void M(); }
[Kept] interface J : I { void N(); }
[Kept] class A : J { [Kept] public void M() { } public void N() { } }

// case: InterfaceOnStructBoxed
I i = new S(); i.M();
[Kept] interface I { [Kept] void M(); }
[Kept] struct S : I { [Kept] public void M() { } public void N() { } }

// case: InterfaceOnStructConstrained
G.Call(new S());
[Kept] interface I { [Kept] void M(); }
[Kept] struct S : I { [Kept] public void M() { } }
[Kept] static class G { [Kept] public static void Call<T>(T t) where T : I => t.M(); }

// case: GenericInterface
I<int> i = new A(); i.M(1);
[Kept] interface I<T> { [Kept] void M(T t); }
[Kept] class A : I<int>, I<string> { [Kept] public void M(int i) { } [Any] public void M(string s) { } }

// case: VariantInterface
IEnumerable<object> e = new A(); foreach (object o in e) { }
[Kept] class A : IEnumerable<string> { [Kept] public IEnumerator<string> GetEnumerator() { yield return ""; } [Any] IEnumerator IEnumerable.GetEnumerator() => GetEnumerator(); }

// case: InterfaceUnusedMethod
_ = new A();
[Kept] interface I { void M(); }
[Kept] class A : I { public void M() { } }

// case: InterfaceNeverConstructed
I? i = null; i?.M();
[Kept] interface I { [Kept] void M(); }
class A : I { public void M() { } }

// case: DefaultMethod
I i = new A(); i.M();
[Kept] interface I { [Kept] void M() => N(); [Kept] static void N() { } void O() { } }
[Kept] class A : I { }

// case: DefaultMethodOverriddenByClass
I i = new A(); i.M();
[Kept] interface I { [Kept] void M() { } }
[Kept] class A : I { [Kept] public void M() { } }

// case: DefaultMethodOverriddenByInterface
I i = new A(); i.M();
[Kept] interface I { [Kept] void M() { } }
[Kept] interface J : I { [Kept] void I.M() { } }
[Kept] class A : J { }

// case: DefaultMethodReabstracted
I i = new A(); i.M();
[Kept] interface I { [Kept] void M() { } }
[Kept] interface J : I { abstract void I.M(); }
[Kept] class A : J { [Kept] public void M() { } }

// case: DefaultProperty
I i = new A(); Console.WriteLine(i.P);
[Kept] interface I { [Kept] int P { [Kept] get => 1; } }
[Kept] class A : I { }

// case: PrivateInterfaceMethod
I i = new A(); i.M();
[Kept] interface I { [Kept] void M() => Helper(); [Kept] private void Helper() { } private void Unused() { } }
[Kept] class A : I { }

// case: StaticAbstract
G.Call<A>();
[Kept] interface I { [Kept] static abstract void M(); static abstract void N(); }
[Kept] class A : I { [Kept] public static void M() { } public static void N() { } }
[Kept] static class G { [Kept] public static void Call<T>() where T : I => T.M(); }

// case: StaticAbstractExplicit
G.Call<A>();
[Kept] interface I { [Kept] static abstract void M(); }
[Kept] class A : I { [Kept] static void I.M() { } }
[Kept] static class G { [Kept] public static void Call<T>() where T : I => T.M(); }

// case: StaticVirtualDefault
G.Call<A>();
[Kept] interface I { [Kept] static virtual void M() => N(); [Kept] static void N() { } }
[Kept] class A : I { }
[Kept] static class G { [Kept] public static void Call<T>() where T : I => T.M(); }

// case: StaticAbstractOperator
G.Add(new S(), new S());
[Kept] struct S : System.Numerics.IAdditionOperators<S, S, S> { [Kept] public static S operator +(S a, S b) => a; public static S Other() => default; }
[Kept] static class G { [Kept] public static T Add<T>(T a, T b) where T : System.Numerics.IAdditionOperators<T, T, T> => a + b; }

// case: GenericVirtualMethod
A a = new B(); a.M<int>();
[Kept] class A { [Kept] public virtual void M<T>() { } public virtual void N<T>() { } }
[Kept] class B : A { [Kept] public override void M<T>() { } public override void N<T>() { } }

// case: GenericInterfaceMethod
I i = new A(); i.M("x");
[Kept] interface I { [Kept] void M<T>(T t); }
[Kept] class A : I { [Kept] public void M<T>(T t) { } }

// case: VirtualOnGenericBase
B<int> b = new D(); b.M(1);
[Kept] class B<T> { [Kept] public virtual void M(T t) { } public virtual void N(T t) { } }
[Kept] class D : B<int> { [Kept] public override void M(int t) { } public override void N(int t) { } }

// case: DelegateOfVirtual
A a = new B(); Action x = a.M; x();
[Kept] class A { [Kept] public virtual void M() { } }
[Kept] class B : A { [Kept] public override void M() { } }

// case: DelegateOfInterfaceMethod
I i = new A(); Action x = i.M; x();
[Kept] interface I { [Kept] void M(); }
[Kept] class A : I { [Kept] public void M() { } }

// case: DispatchByFramework
var list = new List<C> { new(), new() }; list.Sort();
[Kept] class C : IComparable<C> { [Kept] public int CompareTo(C? other) => 0; public int Other() => 0; }

// case: EqualityByFramework
Console.WriteLine(new HashSet<C> { new() }.Count);
[Kept] class C : IEquatable<C> { [Kept] public bool Equals(C? other) => true; [Kept] public override int GetHashCode() => 1; [Any] public override bool Equals(object? o) => true; }

// case: ToStringByFormatting
Console.WriteLine($"{new C()}");
[Kept] class C { [Kept] public override string ToString() => Part(); [Kept] string Part() => ""; string Unused() => ""; }

// case: FormattableByFormatting
Console.WriteLine($"{new C():x}");
[Kept] class C : IFormattable { [Kept] public string ToString(string? format, IFormatProvider? provider) => ""; [Any] public override string ToString() => ""; }

// case: CollectionExpressionBuilder
List<int> l = [A.One(), 2];
[Kept] class A { [Kept] public static int One() => 1; public static int Two() => 2; }

// case: SealedClassDevirtualised
new S().M();
[Kept] abstract class A { [Kept] public abstract void M(); }
[Kept] sealed class S : A { [Kept] public override void M() { } }
