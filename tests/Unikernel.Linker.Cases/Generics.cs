// Instantiations and what they carry.

// case: GenericMethod
G.M<A>();
[Kept] static class G { [Kept] public static void M<T>() { } public static void N<T>() { } }
[Kept] class A { public void Unused() { } }

// case: GenericTypeArgument
_ = new G<A>();
[Kept] class G<T> { public T? Unused() => default; }
[Kept] class A { public void Unused() { } }

// case: ConstraintType
G.M(new A());
[Kept] interface I { void M(); }
[Kept] class A : I { public void M() { } }
[Kept] static class G { [Kept] public static void M<T>(T t) where T : I { } }

// case: NewConstraint
G.Make<A>();
[Kept] static class G { [Kept] public static T Make<T>() where T : new() => new(); }
[Kept] class A { [Kept] public A() { M(); } public A(int i) { } [Kept] static void M() { } }

// case: NewConstraintThroughTwoMethods
G.Outer<A>();
[Kept] static class G { [Kept] public static T Outer<T>() where T : new() => Inner<T>(); [Kept] static T Inner<T>() where T : new() => new(); }
[Kept] class A { [Kept] public A() { } public A(int i) { } }

// case: ActivatorThroughUnannotatedParameter
G.Make<A>();
[Kept] static class G { [Kept] public static object Make<T>() => Activator.CreateInstance<T>()!; }
[Kept] class A { [Kept] public A() { } public A(int i) { } public void M() { } }

// case: GenericField
G<A>.F = null;
[Kept] class G<T> { [Kept] public static T? F; public static T? Unused; }
[Kept] class A { }

// case: StaticFieldInitialiserOfGenericType
Console.WriteLine(G<A>.F);
[Kept] class G<T> { [Kept] public static readonly int F = Compute(); [Kept] static int Compute() => 1; }
[Kept] class A { }

// case: NestedGeneric
new G<int>.N<A>().M();
[Kept] class G<T> { [Kept] public class N<U> { [Kept] public void M() { } public void O() { } } }
[Kept] class A { }

// case: ArrayOfType
Console.WriteLine(new A[1].Length);
[Kept] class A { public void M() { } }

// case: MultiDimensionalArray
var a = new A[1, 1]; a[0, 0] = new A();
[Kept] class A { public void M() { } }

// case: ArrayAsInterface
IList<A> l = new A[1]; Console.WriteLine(l.IndexOf(new A()));
[Kept] class A : IEquatable<A> { [Kept] public bool Equals(A? o) => true; public void Unused() { } }

// case: NullableOfStruct
S? s = new S(); Console.WriteLine(s.HasValue);
[Kept] struct S { [Kept] int _f; public void M() { } }

// case: TupleOfTypes
var t = (new A(), new B()); Console.WriteLine(t.Item1);
[Kept] class A { public void M() { } }
[Kept] class B { }

// case: RecursiveGeneric
_ = new A();
[Kept] class B<T> where T : B<T> { public void M() { } }
[Kept] class A : B<A> { }

// case: GenericDelegate
Func<A, B> f = a => new B(); f(new A());
[Kept] class A { }
[Kept] class B { public void M() { } }

// case: CallOnTypeParameter
G.M(new A());
[Kept] class B { [Kept] public void Direct() { } public void Other() { } }
[Kept] class A : B { }
[Kept] static class G { [Kept] public static void M<T>(T t) where T : B => t.Direct(); }

// case: EqualityComparerDefault
Console.WriteLine(EqualityComparer<A>.Default.Equals(new A(), new A()));
[Kept] class A : IEquatable<A> { [Kept] public bool Equals(A? o) => true; }

// case: ComparerDefault
Console.WriteLine(Comparer<A>.Default.Compare(new A(), new A()));
[Kept] class A : IComparable<A> { [Kept] public int CompareTo(A? o) => 0; }

// case: LinqOverType
Console.WriteLine(new[] { new A() }.Select(a => a.P).Where(p => p > 0).Count());
[Kept] class A { [Kept] public int P { [Kept] get => 1; } public int Q => 2; }

// case: AsyncGeneric
await G.M(new A());
[Kept] static class G { [Kept] public static async Task<T> M<T>(T t) { await Task.Yield(); return t; } }
[Kept] class A { public void M() { } }

// case: RefStructGeneric
G.M(new R());
[Kept] ref struct R { [Kept] int _f; public void M() { } }
[Kept] static class G { [Kept] public static void M<T>(T t) where T : allows ref struct { } }
