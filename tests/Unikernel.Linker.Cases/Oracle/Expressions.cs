using System.Linq.Expressions;
ParameterExpression x = Expression.Parameter(typeof(int), "x"), sum = Expression.Variable(typeof(int), "sum"); LabelTarget end = Expression.Label(typeof(int));
var loop = Expression.Lambda<Func<int, int>>(Expression.Block([sum], Expression.Loop(Expression.IfThenElse(Expression.GreaterThan(x, Expression.Constant(0)),
    Expression.Block(Expression.AddAssign(sum, x), Expression.PostDecrementAssign(x)), Expression.Break(end, sum)), end)), x);
Console.WriteLine(loop.Compile(preferInterpretation: true)(4));
Expression<Func<Item, bool>> filter = i => i.Name.StartsWith("a") && i.Price * 2 > 3 && !i.Tags.Contains("old"); Console.WriteLine(filter);
var items = new[] { new Item("ab", 2m, ["new"]), new Item("b", 9m, []), new Item("ac", 1m, []) }; Console.WriteLine(items.AsQueryable().Where(filter).Select(i => new { i.Name, P = (double)i.Price }).First());
Console.WriteLine(new Rename().Visit(filter)); Expression<Func<string, object>> make = s => new List<string> { s, s + "!" }; Console.WriteLine(((List<string>)make.Compile()("q"))[1]);
Expression<Func<int?, string>> nested = n => n.HasValue ? n.Value.ToString() : (n ?? 5).ToString() + default(DateTime).Year; Console.WriteLine(nested.Compile()(null) + nested.Compile()(3));
var tryCatch = Expression.Lambda<Func<string>>(Expression.TryCatch(Expression.Throw(Expression.New(typeof(InvalidOperationException)), typeof(string)), Expression.Catch(typeof(InvalidOperationException), Expression.Constant("caught")))); Console.WriteLine(tryCatch.Compile()());
record Item(string Name, decimal Price, string[] Tags);
class Rename : ExpressionVisitor { protected override Expression VisitParameter(ParameterExpression node) => Expression.Parameter(node.Type, "renamed"); }
