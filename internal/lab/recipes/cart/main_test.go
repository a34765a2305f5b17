package main

import (
	"testing"

	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/ringsession/ringsession/core/sessiontest"
	"github.com/ringsession/ringsession/internal/lab/recipes/recipetest"
	"github.com/ringsession/ringsession/internal/redistest"
)

func TestTheCartSurvivesTheLogin(t *testing.T) {
	v := recipetest.New(t, adaptor.FiberApp(newApp(sessiontest.New(t, nil))))
	v.Want("an empty cart", v.Get("/cart"), "200 {}")
	v.Want("tea", v.Post("/cart/tea", ""), "303 to /cart")
	v.Want("two cups", v.Post("/cart/cup?n=2", ""), "303 to /cart")
	v.Want("a kettle", v.Post("/cart/kettle", ""), "303 to /cart")
	v.Want("no kettle", v.Post("/cart/kettle?n=0", ""), "303 to /cart")
	v.Want("what there is not", v.Post("/cart/gold", ""), "422 …")
	v.Want("too many", v.Post("/cart/tea?n=1000", ""), "422 …")
	v.Want("an order without a login", v.Get("/order"), "303 to /login?next=%2Forder")
	v.Want("the wrong password", v.Post("/login", "user=ada&password=x"), "401 …")

	v.Want("the login", v.Post("/login", "user=ada&password=open+sesame"), "303 to /order")
	v.Want("the cart of the guest", v.Get("/order"), `200 {"articles":{"cup":2,"tea":1},"user":"ada"}`)
	v.Want("the next user of the browser", v.Post("/login", "user=eve&password=open+sesame"), "303 to /order")
	v.Want("their cart", v.Get("/order"), `200 {"articles":{},"user":"eve"}`)
	v.Post("/cart/tea", "")
	v.Want("the logout", v.Post("/logout", ""), "303 to /cart")
	v.Want("afterwards", v.Get("/cart"), "200 {}")
}

func TestMainServesTheApp(t *testing.T) {
	v := recipetest.Run(t, main, "REDIS_URL", redistest.Start(t).URL())
	v.Want("tea", v.Post("/cart/tea", ""), "303 to /cart")
}
