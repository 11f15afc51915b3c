// A site with Passport and Express; which strategy signs people in stands in the module that the test wrote.
import express from "express";
import session from "express-session";
import passport from "passport";

const [, , port, strategy] = process.argv;
await import(strategy);
passport.serializeUser((user, done) => done(null, user.sub ?? user.id));
passport.deserializeUser((id, done) => done(null, { id }));

const site = express();
site.use(session({ secret: "a-secret-that-only-a-test-knows", resave: false, saveUninitialized: false }));
site.use(passport.session());
site.get("/", (request, response) => (request.user ? response.send(request.user.id) : response.redirect("/sign-in")));
site.get("/sign-in", passport.authenticate("pingshan"));
site.get("/sign-in/callback", passport.authenticate("pingshan", { successRedirect: "/" }));
site.listen(Number(port), "127.0.0.1");
